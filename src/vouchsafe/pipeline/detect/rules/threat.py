# ruff: noqa: E501 - a phrase stays on one line, so that it can be read and searched whole
"""A threat to others or to staff."""

from vouchsafe.pipeline.detect.rules.rule import rule

_SOURCE = "R196, R197: a threat is paged"
_SOMEBODY = (
    "(?:you|you all|all of you|him|her|them|everyone|every ?body|every one|some ?one|some ?body|a name|people|that (?:doctor|nurse|woman|man|bitch|receptionist)|"
    "(?:the|your|my|those|these) (?:\\w+ )?(?:doctors?|nurses?|staff|receptionists?|surgeons?|clerks?|manager|coworkers?|boss|husband|wife|neighbou?r|ex|family|kids?|children|employees?|people))"
)

RULES = (
    rule(
        "threat.violence",
        "violence against somebody is threatened",
        _SOURCE,
        (
            (
                f"(?:going to|will|want to|could|feel like|might|about to|ready to|would|thinking (?:of|about)|thoughts of|plan to|swear i) (?:\\w+ ){{0,2}}"
                f"(?:kill|killing|shoot|shooting|stab|stabbing|hurt|hurting|beat|beating|murder|strangle|attack|punch|choke|smash|break|burn|hunt|harm|harming|run over|come after|slap|hit) (?:up )?{_SOMEBODY}"
            ),
            f"i (?:will |ll )?(?:kill|shoot|stab|murder) {_SOMEBODY}",
            "(?:bring|bringing|have|got|get|getting|buy|bought|with) (?:a|my|the) (?:\\w+ )?(?:gun|knife|weapon|rifle|shotgun|bat|machete)",
            "(?:burn|blow|shoot|tear) (?:\\w+ ){0,3}(?:down|up) ?(?:the|your|this|that)? ?(?:clinic|building|place|office|hospital|house)?",
            "(?:bomb|explosive|grenade)s?",
            "(?:you|they|he|she|someone|somebody|people) (?:will|are going to|is going to|should|deserve to) (?:all )?(?:die|pay for (?:this|it|what)|regret (?:this|it)|be sorry|get hurt|suffer|bleed)",
            "(?:make|making) (?:you|them|him|her) (?:pay|suffer|sorry|regret)",
            "watch (?:your|his|her|their) back",
            "(?:know|find|found) (?:out )?where (?:you|he|she|they|that \\w+|the \\w+) (?:live|lives|work|works|park|parks)",
            "(?:come|coming) (?:down |over )?(?:there )?(?:with|and) (?:my gun|a gun|make you|hurt|teach)",
            "(?:voy a|los voy a|te voy a|la voy a) (?:matar\\w*|golpear\\w*|quemar\\w*|disparar\\w*|hacer dano|lastimar\\w*)",
            "(?:van a|vas a|va a) (?:morir|pagar(?:lo|la)?|arrepentir\\w*)",
        ),
        unless=(
            "kill (?:the|my|that|a) (?:frozen |hung )?(?:session|process|job|app|task|program)",
            "bath bomb",
            "blow up (?:my phone|balloon)",
            "bomb ?shell",
            "hate to hurt",
            "hurt your feelings",
            "not want to hurt",
            "training",
            "drill",
            "course",
            "policy",
            "do not want to bother",
            "burn down the list",
            "beat (?:the )?(?:traffic|rush)",
            "hit (?:you|them) up",
            "not bring",
            "tear down",
            "(?:hurt|bother) you to",
            "would it (?:hurt|kill) you",
        ),
    ),
    rule(
        "threat.veiled",
        "violence is hinted at, announced by another or wished for",
        _SOURCE,
        (
            "(?:knock|kick|smash|bash|rip|cut|break|tear|blow|slit|wring|choke|stab|crush) (?:\\w+ ){0,2}(?:your|his|her|their|that \\w+|the \\w+|somebodys?|some ?ones?|a names?) (?:\\w+ )?(?:teeth|face|head|skull|throat|neck|legs?|arms?|fingers?|bones|heart|tires|windows|car|brains?|eyes?|jaw|nose)",
            "(?:drag|throw|push|haul) (?:that|the|her|him|you|your) (?:\\w+ )?(?:nurse|doctor|clerk|girl|guard|receptionist|out|down|over|through|by)",
            "(?:put|putting|send|sending) (?:him|her|them|you|one of you|some ?one|some ?body|a bullet) (?:\\w+ ){0,2}(?:in (?:one|a|the|your) (?:\\w+ )?(?:bed|beds|bag|ground|hospital|grave|coffin|morgue|him|her|them)|to the (?:morgue|hospital|ground))",
            "(?:some ?one|some ?body|people|they|he|she|you|one of you) (?:is|are|will be|will) (?:\\w+ )?(?:getting|get|going to get) (?:stabbed|shot|hurt|killed|beaten|beat|what is coming)",
            "(?:see|find out|wait and see|you will see) what happens(?: to| when| if| next)?",
            "not (?:be )?(?:held )?responsible for what (?:happens|i do)",
            "(?:last|final|only) warning",
            "(?:going to|gonna|will) (?:\\w+ )?(?:wish|regret) (?:you|they|he|she)",
            "(?:i|we) (?:know|have seen|watch|follow|followed) (?:\\w+ ){0,3}(?:where|when|which bus|what car|what time) (?:\\w+ ){0,2}(?:you|he|she|they|her|his|your|their)",
            "(?:get|gets|getting|got) what is coming",
            "(?:has|have|got) (?:a |his |my )?(?:list of|names on)[^.?!]{0,30}(?:kids|people|nurses|staff|hurt|kill)",
            "(?:clear|shoot up|light up|torch|blow up|burn down) the (?:\\w+ )?(?:floor|place|building|clinic|office|unit|ward|hospital)",
            "(?:my|a|his|the) (?:9|9 ?mm|nine|glock|ar ?15|pistol|revolver|gun|rifle|shotgun|gasoline|machete|crowbar|zip ties)(?: and| loaded| with| in| ready|[.,!]|$)",
            "(?:finish (?:it|her|him|you|the job|us)) ?(?:off)?",
            "(?:tick|tic) ?(?:tick|tock|tic)",
            "something in (?:my coat|my bag|the (?:\\w+ )?trash)",
            "i do not forget (?:a |your |that )?faces?",
            "(?:has|have) (?:kids|children|a family|a daughter|a son) too",
            "next time (?:i|he|she|we|you) (?:\\w+ ){0,8}(?:not|hold back|hit|bed|regret|sorry|see)",
        ),
        unless=(
            "training",
            "drill",
            "course",
            "policy",
            "form",
            "refill",
            "gun (?:lock|safety)",
            "hunting",
            "for sale",
            "finish the (?:form|paperwork|application)",
            "traffic",
            "movie",
            "musical",
            "mystery",
            "video game",
            "appointment",
            "schedule\\w*",
        ),
    ),
)

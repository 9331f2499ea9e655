# ruff: noqa: E501 - a phrase stays on one line, so that it can be read and searched whole
"""Text that tries to instruct the machine, and requests to get round an identity check. It takes automation away.

The real defence is that text never gains authority; a miss here must not matter. Common phrases such as "ignore my
last e-mail" are tested negatives.
"""

from vouchsafe.pipeline.detect.rules.rule import rule

_SOURCE = "design section 7: injection removes automation"
_RULES = "(?:instructions?|rules?|prompts?|guidelines?|polic(?:y|ies)|training|restrictions?|safeguards?|filters?|programming|directives?|commands?|constraints?|guard ?rails?)"

RULES = (
    rule(
        "injection.override",
        "earlier instructions are to be ignored",
        _SOURCE,
        (
            f"(?:ignore|disregard|forget|override|overrule|bypass|discard|drop|violate|break|cancel|delete|erase) (?:\\w+ ){{0,4}}(?:previous|prior|above|earlier|all|your|system|the|any|every|initial|those|these|of) (?:\\w+ ){{0,2}}{_RULES}",
            "(?:ignore|disregard|forget) (?:everything|all|anything) (?:above|before|previous|prior|you|that (?:came|was))",
            "(?:new|updated|real|actual|following) (?:system )?(?:instructions?|directives?|prompt)(?: ?:| are| follow)",
            "from now on,? (?:you|your|act|respond|answer|always|ignore)",
            "(?:ignora|ignore|olvida|olvide|desobedece) (?:\\w+ ){0,4}(?:instrucciones|reglas|ordenes)",
        ),
        unless=(
            "instructions? (?:you|the (?:nurse|doctor)|dr) (?:gave|sent|mailed)",
            "discharge instructions",
            "care instructions",
        ),
    ),
    rule(
        "injection.reveal",
        "hidden instructions are asked for",
        _SOURCE,
        (
            "system (?:prompt|message|instructions?)",
            f"(?:your|hidden|initial|secret|internal|original|developer) (?:hidden |system |initial |secret |internal |original |own )?{_RULES}",
            "(?:repeat|print|output|show|reveal|translate|summari[sz]e|recite|copy) (?:me )?(?:everything|all|the (?:text|words|lines|content|sentences?|message)) (?:above|before|preceding|prior|verbatim)",
            "(?:text|words|everything) above ~ (?:starting|beginning|verbatim)",
            "what (?:were|are) you (?:told|instructed|programmed)",
            "(?:tus|las) instrucciones (?:ocultas|secretas|del sistema|internas)",
        ),
        unless=(
            (
                "your (?:cancellation|visitor|visiting|privacy|refund|late|no show|pet|mask|parking|billing|financial\\w*|smoking|phone|attendance|return|vaccin\\w*|insurance|payment|cell ?phone|records?|appointment|"
                "discount|charity|security|password|wifi|access|retention|email) ?(?:\\w+ )?(?:rules?|polic\\w+|guidelines?|restrictions?)"
            ),
            "your (?:polic\\w+|rules?|guidelines?|restrictions?) (?:on|for|about|regarding|around)",
            "what (?:is|are) your (?:\\w+ ){0,3}(?:polic\\w+|rules?|guidelines?)",
            "your instructions (?:for|on|after|before|about)",
            "staff training",
            "privacy polic\\w+",
            "discharge instructions",
            "following your",
        ),
    ),
    rule(
        "injection.role",
        "the machine is given another role",
        _SOURCE,
        (
            "you are now (?:the|a|an|in|dan|no longer|free|unrestricted|going to|acting|my (?:assistant|bot|ai|admin\\w*))",
            "(?:act|behave|respond|answer|reply|pretend|role ?play) (?:as|like|to be|that you are)(?: if)? (?:a |an |the |you )",
            "(?:developer|debug|admin|god|dan|jailbreak|maintenance|unrestricted|sudo|root) mode",
            "jail ?br(?:ea|o)k\\w*",
            "do anything now",
            "(?:no|without|any) (?:ethical |moral |content )?(?:restrictions|limitations|filters|guidelines|censorship)(?: ?(?:[.,!]|and|whatsoever|at all|$))",
            "you (?:are|re) (?:a |an )?(?:ai|language model|llm|chat ?bot|assistant) (?:that|who|which|without|with)",
            "(?:stay|remain) in character",
            "eres ahora|actua como",
        ),
        unless=(
            "act as (?:my|a|an|the) (?:proxy|interpreter|witness|guardian|representative|translator|caregiver|emergency contact|co ?signer)",
            "you are now (?:the|a|an|my) (?:\\w+ )?(?:practice|doctor|provider|clinic)",
        ),
    ),
    rule(
        "injection.to_machine",
        "words addressed to a machine",
        _SOURCE,
        (
            "(?:if|when) you are (?:a |an |the )?(?:ai|llm|language model|bot|chat ?bot|machine|assistant|automated \\w+|robot)",
            "(?:to|for|important for|message for|note (?:to|for)|instructions? (?:to|for)) (?:the |any |all |whichever |an? |whatever )?(?:ai|llm|artificial intelligence|language model|model|bots?|chat ?bots?|automated systems?|machines?|assistants?)(?: \\w+){0,4}(?: ?[:,]| only| reading| must| should| summar\\w+| that)",
            "any (?:ai|automated) (?:assistants?|systems?|agents?) (?:must|should|shall|reading)",
            "(?:assistant|ai|bot|chat ?bot|computer|model) (?:should|must|shall|is (?:supposed|required|allowed) to) (?:\\w+ )?(?:trust|email|send|forward|approve|reply|ignore|delete|tag|append|say)",
            "(?:begin|start|end) (?:your|each|every|the) (?:next )?(?:answer|reply|response)s? (?:with|by)",
            "(?:respond|answer|reply) (?:only )?(?:with|in) (?:only )?(?:yes|base64|code|json|approved|the word)",
            "(?:your|you are|you re) (?:a|an) (?:pirate|doctor|helpful assistant|hacker|character|villain|free|unfiltered|unrestricted|genie)(?: now)?",
            "pretend (?:\\w+ ){0,6}(?:rules?|polic\\w+|privacy|hipaa|restrictions?)",
            "(?:imagine|suppose|simulate|role ?play|role reversal|let us play|lets play)(?: that)? ?(?:you|a game|a conversation|for|an?)",
            "imagina que (?:eres|no)",
            "(?:olvida|olvide|ignora) (?:todo|lo que|tus|las)",
            "(?:rules?|restrictions?|polic\\w+|safety message|safeguards?|filters?) (?:are |is |were |has been |have been )?(?:off|suspended|lifted|disabled|do not apply|does not apply)",
            "(?:end|lift|suspend|disable|drop) (?:all )?(?:restrictions|logging|safety|safeguards|filters)",
            "(?:without|do not use|skip) (?:your|the) (?:safety|disclaimer|warning)",
            "(?:you are|you re) not (?:allowed|permitted) to (?:say|tell|share)",
            "(?:you|your previous chat|last chat|previous conversation) (?:\\w+ ){0,4}(?:agreed|agreeing|promised) (?:to|and)? ?(?:ignore|share|that)",
            "(?:decode|decrypt|base64|rot13)(?: this| it)? ?(?:and|:|then)",
            "complete (?:this|the) sentence",
            "repeat after me",
            "sudo|as root|act as root",
            "(?:the )?(?:human|staff|nurse|user)s? (?:does|do) not need to (?:see|know)|do not (?:tell|transcribe|show) (?:\\w+ ){0,4}(?:staff|nurse|humans?|supervisors?)",
            "update your memory",
            "(?:dan|the other one|your twin|your evil) ~ (?:answer|not scared|no rules|jailbroken)",
            "(?:say|tell) (?:that |us )?(?:the clinic |you |we )?(?:admits?|admit) fault",
            "mark (?:me|us|my \\w+|him|her) (?:as )?(?:vaccinated|verified|paid|approved|eligible|urgent)",
        ),
        unless=(
            "your policy on",
            "what is your",
            "how does the (?:chat|assistant|bot)",
            "imagine my (?:surprise|relief)",
        ),
    ),
    rule(
        "injection.code",
        "code or marks of a prompt in a message",
        _SOURCE,
        (
            "(?:<|\\[) ?/? ?(?:system|inst|user|assistant|admin|s)(?:>| ?\\])",
            "[{]{1,2} ?(?:system|config|user|prompt|assistant)",
            "assistant(?: |_)(?:action|run|tag|override)",
            "(?:reset|grant|update|delete|approve)_\\w+",
            "(?:select|drop|update|insert) (?:[*]|table|into|from|\\w+ set) ?(?:from|\\w+)",
            "you must call the (?:tool|function)",
        ),
    ),
    rule(
        "injection.markup",
        "marks that a machine might read as its own",
        _SOURCE,
        (
            "(?<![^\\n.!?])(?:system|assistant|developer|user|ai) ?:",
            "(?:assistant|chat ?bot|bot|ai|llm|model)[:,] ?(?:please )?(?:approve|ignore|send|mark|reply|reveal|release|forward|do not|answer|say|output|classify|treat)",
            "<[|] ?im ?start",
        ),
        unless=(
            "user ?: ?(?:a name|a password|unknown|\\w+ ?$)",
            "(?:system|user) ?: ?(?:windows|mac|ios|android|ehr|epic|\\d)",
        ),
    ),
    rule(
        "injection.authority",
        "authority or a finished check is claimed in the text",
        _SOURCE,
        (
            "(?:identity|user|caller|patient|account|access|authori[sz]ation) (?:has been |is |was |already )?(?:verified|confirmed|authenticated|granted|approved)(?= ?(?:[.,:;!]|so|and|release|proceed))",
            "as (?:the|a|an|your) (?:\\w+ )?(?:ceo|administrator|admin|developer|owner|director|boss|manager|chief|creator) ~ (?:authori[sz]e|order|instruct|command|require|direct|demand|tell) you",
            "(?:do not|without|never) (?:tell\\w*|inform\\w*|notif\\w*|alert\\w*|show\\w*) (?:this to )?(?:the |any |a )?(?:human|staff|user|reviewer|supervisor|operator|agent|compliance)",
            "(?:mark|set|flag|classify|treat|approve|close) (?:my |this |the )?(?:\\w+ )?(?:invoice|bill|refund|request|message|case|ticket|account|claim|it) (?:as )?(?:paid|approved|routine|safe|resolved|not clinical|verified|without)",
            "(?:list|names?|records?|data|database|details|information|emails?|addresses|export|dump) of (?:all|every|other) (?:the |your )?(?:patients?|users?|staff|customers|employees)",
            "(?:who|which patient) (?:is|was) in (?:room|rm|bed) ?\\d*",
            "(?:last|previous|most recent|other|next) (?:caller|patient|person|user) (?:you|who|s|to|before)(?! in line)",
            "(?:all|other|every|another) patients? ?(?:records?|data|names?|information|emails?|list)",
            "release (?:the |my )?(?:full |complete |entire )(?:medical )?records?(?= ?(?:[.!]|now|immediately|$))",
        ),
        unless=("how do i get", "training"),
    ),
    rule(
        "injection.skip_check",
        "a check of identity is to be skipped",
        "R189: asking to skip the check is a security finding",
        (
            (
                "(?:skip|bypass|without|get (?:a)?round|avoid|waive|ignore|override) (?:\\w+ ){0,3}(?:verif\\w+|security (?:check|questions?)|identity check|id check|authentic\\w+|approval(?: step)?|mfa|two factor|2fa|"
                "confirmation code|callback)"
            ),
            "(?:turn|switch) off (?:\\w+ ){0,3}(?:mfa|two factor|2 ?fa|two step|authenticator|verification|security)",
            "(?:disable|remove) (?:my |the |his |her )?(?:mfa|two factor|2 ?fa|two step|authenticator|verification)",
            "(?:give|send|tell|email|text|read) me (?:\\w+ ){0,3}(?:passwords?|one time code|verification code|access code|pin|credentials)",
            "(?:set|change|reset) (?:it|my password|the password|her password|his password|password) to (?!a new|something|the)",
            "(?:password|mfa|phone number|number|login|access|account|direct deposit|bank account) (?:\\w+ ){0,3}(?:for|of) (?:my (?:colleague|co ?worker|boss|doctor|manager|husband|wife)|doctor|another|some ?one else|him|her)(?! (?:own|to))",
            "(?:add|change|put) ~ number ~ (?:colleagues?|coworkers?|doctors?|his|her|their) account",
            "(?:change|update|switch) (?:my |the |his |her )?(?:direct deposit|payroll|bank (?:account|details)|salary account) ~ (?:to|now|today|here|for me)",
        ),
        unless=("how (?:do|can) i", "where (?:do|can) i", "can not get past", "how long"),
    ),
)

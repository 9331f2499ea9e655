"""The trail as pure code: what an event looks like, how it is bound, and how anybody can check it.

No database, no network, no clock; imports `domain` only. In the order in which an event meets them:

`event_types`  what can happen: `EventType`, `DESCRIPTIONS`, `STATE_CHANGES`.
`event`        an event on its way into the trail, before it is sealed and numbered.
`payload`      `seal_ready` pads and commits, `check_commit` opens and checks; the vault encrypts between.
`leaf`         `Leaf`, `canonical` to its one byte form, `parse` back, `leaf_hash`.
`merkle`       `Frontier.append` and `.root`; `inclusion_proof`, `consistency_proof` and their checks.
`tiles`        `grow` gives the tiles that change; `node_reader` answers proofs from stored tiles.
`note`         signed notes: `Verifier`, `Signer`, `Ed25519Signer`, `sign_note`, `open_note`.
`checkpoint`   `Checkpoint`, `sign_checkpoint`, `open_checkpoint`, `check_successor`.
`proof`        `make_proof` and `check_proof` for one event in one text file.
`verify`       `verify_log` for a whole log, `verify_case` for one decision.

Every refusal is a `VouchsafeError` and a `ValueError`: `LeafError`, `PayloadError`, `ProofError`,
`TileError`, `NoteError`. None of them quotes what it refused.
"""

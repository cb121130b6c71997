"""Simulated players with a known truth: what they send, and how well it was counted.

`world`, `people`, `visits` and `truth` say who really watches; `speech`, `sendings` and `protocols`
what the players say and how; `stored` what the collector makes of it. All of that is pure.
`posting` and `counted` speak HTTP.
"""

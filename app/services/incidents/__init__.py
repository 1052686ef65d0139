"""Incidents: found from what the engine left in lanes and tries, counted, ended, announced (C8).

`finding` opens and ends them, `counting` adds up what failed, `announce` keeps what happened for whoever tells
people. All of it runs in the maintenance, a small transaction for each incident.
"""

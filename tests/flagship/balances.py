"""Balances of the flagship's resources: stocks, what enters them from outside, what leaves them to the outside."""

BALANCES = {
    "people": (
        ("Researchers domestic", "Talent abroad", "Returnees embedding"),
        ("training",),
        ("retirement", "loss abroad"),
    ),
    "foreign talent": (
        ("Talent in permit queue", "Talent new", "Talent settled", "Talent permanent"),
        ("interest",),
        ("permits unused", "offers lapsed", "talent departures"),
    ),
    "trips": (
        ("Trip in review", "Trip in rework", "Trip approved", "Trips in progress", "Reimbursement backlog"),
        ("trip applications",),
        (
            "trips refused",
            "trips lapsed in review",
            "trips lapsed in rework",
            "trips refused foreign visas",
            "trip approvals expired",
            "reimbursed",
        ),
    ),
    "data at home": (
        ("Data unclassified", "Data classified"),
        ("new datasets",),
        ("ungraded data retired", "graded data retired"),
    ),
    "data shared": (
        ("Data in review", "Data in rework", "Data shared abroad"),
        ("data filed", "free data out", "approved data"),
        ("data approvals", "data refused", "data lapsed in review", "data lapsed in rework", "shared data expired"),
    ),
    "data accessed": (("Data accessed from abroad",), ("data in",), ("accessed data expired",)),
    "equipment": (
        ("Equipment in clearance", "Equipment in service"),
        ("orders",),
        ("orders cancelled", "equipment refused", "equipment depreciated"),
    ),
    "temporary equipment": (("Temp equipment",), ("temporary admissions",), ("temporary re export",)),
    "genetic resources": (
        ("HGR in review", "HGR in rework", "HGR active"),
        ("HGR filed",),
        ("HGR refused", "HGR lapsed in review", "HGR lapsed in rework", "HGR approvals ended"),
    ),
    "proposals": (("Proposals in review",), ("proposals",), ("reviewed", "withdrawn")),
    "projects": (("Joint projects",), ("total awards",), ("projects completed", "projects broken off")),
    "funds": (
        ("Funds in payment", "Funds used abroad"),
        ("payment requests", "received abroad"),
        ("payments", "payments abandoned", "funds spent abroad"),
    ),
    "organisations": (
        ("Org in review", "Org in rework", "Orgs settled"),
        ("organisation interest", "organisations settling"),
        (
            "organisations approved",
            "organisations refused",
            "organisations lapsed in review",
            "organisations lapsed in rework",
            "organisations leaving",
        ),
    ),
    "officers": (("Officers abroad",), ("officers appointed",), ("officers retiring",)),
    "ties": (("Ties",), ("tie formation",), ("tie decay",)),
    "papers": (("Manuscripts in progress", "International knowledge"), ("starts",), ("knowledge obsolescence",)),
    "money account": (("Fiscal cost cumulative",), ("fiscal cost",), ()),
}

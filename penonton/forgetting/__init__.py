"""`penonton forget`: one viewer's reports, erased wherever they lie."""

"""Countries as Dutch lists write them, and their two-letter codes."""

_CODES = {
    "argentinië": "AR", "australië": "AU", "belgië": "BE", "bolivia": "BO", "brazilië": "BR",
    "bulgarije": "BG", "canada": "CA", "chili": "CL", "china": "CN", "colombia": "CO",
    "costa rica": "CR", "cyprus": "CY", "denemarken": "DK", "dominicaanse republiek": "DO",
    "duitsland": "DE", "ecuador": "EC", "egypte": "EG", "estland": "EE", "ethiopië": "ET",
    "filipijnen": "PH", "finland": "FI", "frankrijk": "FR", "ghana": "GH", "griekenland": "GR",
    "groot-brittannië": "GB", "hongarije": "HU", "ierland": "IE", "ijsland": "IS",
    "india": "IN", "indonesië": "ID", "israël": "IL", "italië": "IT", "ivoorkust": "CI",
    "japan": "JP", "kenia": "KE", "kroatië": "HR", "letland": "LV", "litouwen": "LT",
    "luxemburg": "LU", "madagaskar": "MG", "marokko": "MA", "mexico": "MX", "nederland": "NL",
    "nieuw-zeeland": "NZ", "noorwegen": "NO", "oekraïne": "UA", "oostenrijk": "AT",
    "pakistan": "PK", "paraguay": "PY", "peru": "PE", "polen": "PL", "portugal": "PT",
    "roemenië": "RO", "senegal": "SN", "servië": "RS", "slovenië": "SI", "slowakije": "SK",
    "spanje": "ES", "sri lanka": "LK", "tanzania": "TZ", "thailand": "TH", "togo": "TG",
    "tsjechië": "CZ", "tunesië": "TN", "turkije": "TR", "uganda": "UG", "uruguay": "UY",
    "verenigd koninkrijk": "GB", "verenigde staten": "US", "vietnam": "VN", "zuid-afrika": "ZA",
    "zuid-korea": "KR", "zweden": "SE", "zwitserland": "CH",
}  # fmt: skip
_PLAIN = str.maketrans("ëïéü", "eieu")
_BY_PLAIN_NAME = {name.translate(_PLAIN): code for name, code in _CODES.items()}


def country_code(text: str) -> str:
    """ "Italie" and "Italië" are "IT"; what is no country ("Zuid-Amerika") stays as it is."""
    return _BY_PLAIN_NAME.get(text.strip().lower().translate(_PLAIN), text)

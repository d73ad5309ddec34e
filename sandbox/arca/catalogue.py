"""The tables behind WSFEv1's FEParamGet operations, as far as its rules need them."""

from decimal import Decimal

# Voucher types by the class that the rules speak of; ALEY is "A with legend", 49 used goods.
CLASSES: dict[str, frozenset[int]] = {
    "A": frozenset({1, 2, 3, 4, 5, 34, 39, 60, 63, 201, 202, 203}),
    "B": frozenset({6, 7, 8, 9, 10, 35, 40, 61, 64, 206, 207, 208}),
    "C": frozenset({11, 12, 13, 15, 211, 212, 213}),
    "ALEY": frozenset({51, 52, 53, 54}),
    "49": frozenset({49}),
}
CLASS_OF: dict[int, str] = {number: name for name, of in CLASSES.items() for number in of}
VOUCHER_TYPES: dict[int, str] = {
    1: "Factura A",
    2: "Nota de Débito A",
    3: "Nota de Crédito A",
    4: "Recibos A",
    6: "Factura B",
    7: "Nota de Débito B",
    8: "Nota de Crédito B",
    9: "Recibos B",
    11: "Factura C",
    12: "Nota de Débito C",
    13: "Nota de Crédito C",
    15: "Recibo C",
    201: "Factura de Crédito electrónica MiPyMEs (FCE) A",
    202: "Nota de Débito electrónica MiPyMEs (FCE) A",
    203: "Nota de Crédito electrónica MiPyMEs (FCE) A",
    206: "Factura de Crédito electrónica MiPyMEs (FCE) B",
    207: "Nota de Débito electrónica MiPyMEs (FCE) B",
    208: "Nota de Crédito electrónica MiPyMEs (FCE) B",
    211: "Factura de Crédito electrónica MiPyMEs (FCE) C",
    212: "Nota de Débito electrónica MiPyMEs (FCE) C",
    213: "Nota de Crédito electrónica MiPyMEs (FCE) C",
}
CREDIT_NOTES = frozenset({3, 8, 13, 53, 203, 208, 213})
DEBIT_NOTES = frozenset({2, 7, 12, 52, 202, 207, 212})
NOTES = CREDIT_NOTES | DEBIT_NOTES
CREDIT_INVOICES = frozenset({201, 206, 211})
MIPYME = frozenset({201, 202, 203, 206, 207, 208, 211, 212, 213})
# The notes whose VAT lines need not add up.
FREE_VAT_NOTES = frozenset({2, 3, 7, 8, 52, 53})

_DELIVERY_NOTES = frozenset({88, 991})
_CREDIT_INVOICE_DELIVERY_NOTES = frozenset({91, 990, 991, 993, 994, 995})
_NOTES_A = CLASSES["A"] - {201, 202, 203} | _DELIVERY_NOTES
_NOTES_B = CLASSES["B"] - {206, 207, 208} | _DELIVERY_NOTES
_NOTES_C = frozenset({11, 12, 13, 15})
_NOTES_ALEY = CLASSES["ALEY"] | _DELIVERY_NOTES
# Which types a voucher of each type may name as associated.
ASSOCIABLE: dict[int, frozenset[int]] = {
    **dict.fromkeys((1, 6, 51), _DELIVERY_NOTES),
    **dict.fromkeys((2, 3), _NOTES_A),
    **dict.fromkeys((7, 8), _NOTES_B),
    **dict.fromkeys((12, 13), _NOTES_C),
    **dict.fromkeys((52, 53), _NOTES_ALEY),
    **dict.fromkeys((201, 206, 211), _CREDIT_INVOICE_DELIVERY_NOTES),
    **dict.fromkeys((202, 203), frozenset({201, 202, 203})),
    **dict.fromkeys((207, 208), frozenset({206, 207, 208})),
    **dict.fromkeys((212, 213), frozenset({211, 212, 213})),
}

CONCEPTS = {1: "Producto", 2: "Servicios", 3: "Productos y Servicios"}

CUIT_DOCUMENT = 80
ANONYMOUS_DOCUMENT = 99
REGISTERED_DOCUMENTS = frozenset({80, 86, 87})
UNCATEGORISED_CUIT = 23_000_000_000
DOCUMENTS = {
    80: "CUIT",
    86: "CUIL",
    87: "CDI",
    89: "LE",
    90: "LC",
    91: "CI Extranjera",
    92: "en trámite",
    93: "Acta Nacimiento",
    94: "Pasaporte",
    95: "CI Bs. As. RNP",
    96: "DNI",
    99: "Doc. (Otro)",
    30: "Certificado de Migración",
}

VAT_RATES = {
    3: Decimal(0),
    4: Decimal("10.5"),
    5: Decimal(21),
    6: Decimal(27),
    8: Decimal(5),
    9: Decimal("2.5"),
}

OTHER_TRIBUTE = 99
TRIBUTES = {
    1: "Impuestos nacionales",
    2: "Impuestos provinciales",
    3: "Impuestos municipales",
    4: "Impuestos Internos",
    5: "IIBB",
    6: "Percepción de IVA",
    7: "Percepción de IIBB",
    8: "Percepciones por Impuestos Municipales",
    9: "Otras Percepciones",
    13: "Percepción de IVA a no Categorizado",
    OTHER_TRIBUTE: "Otro",
}

PESOS = "PES"
# Official rates in pesos. Invented, yet near enough for the bounds of rule 10119 to mean something.
CURRENCIES = {
    PESOS: ("Pesos Argentinos", Decimal(1)),
    "DOL": ("Dólar Estadounidense", Decimal(1500)),
    "060": ("Euro", Decimal(1740)),
    "012": ("Real", Decimal(280)),
}

# Receiver's VAT condition: description, and the classes it is valid in.
VAT_CONDITIONS: dict[int, tuple[str, tuple[str, ...]]] = {
    1: ("IVA Responsable Inscripto", ("A", "ALEY", "C")),
    6: ("Responsable Monotributo", ("A", "ALEY", "C")),
    13: ("Monotributista Social", ("A", "ALEY", "C")),
    16: ("Monotributo Trabajador Independiente Promovido", ("A", "ALEY", "C")),
    4: ("IVA Sujeto Exento", ("B", "C")),
    5: ("Consumidor Final", ("B", "C", "49")),
    7: ("Sujeto No Categorizado", ("B", "C")),
    8: ("Proveedor del Exterior", ("B", "C")),
    9: ("Cliente del Exterior", ("B", "C")),
    10: ("IVA Liberado - Ley N° 19.640", ("B", "C")),
    15: ("IVA No Alcanzado", ("B", "C")),
}

"""What people read when something is refused: es-AR, by reason, or by code where none is given."""

from collections.abc import Mapping

import grpc

_BY_CODE: Mapping[grpc.StatusCode, str] = {
    grpc.StatusCode.INVALID_ARGUMENT: "Hay un dato que no es válido. Revisalo y probá de nuevo.",
    grpc.StatusCode.NOT_FOUND: "No encontramos lo que buscás.",
    grpc.StatusCode.PERMISSION_DENIED: "No tenés permiso para hacer esto.",
    grpc.StatusCode.FAILED_PRECONDITION: "Ahora no se puede hacer esto.",
    grpc.StatusCode.ABORTED: "Otra persona lo cambió mientras tanto. Actualizá y probá de nuevo.",
    grpc.StatusCode.OUT_OF_RANGE: "Esos datos ya no están disponibles. Actualizá la pantalla.",
    grpc.StatusCode.ALREADY_EXISTS: "Ya existe.",
    grpc.StatusCode.RESOURCE_EXHAUSTED: "Hay demasiados pedidos. Probá de nuevo en un momento.",
    grpc.StatusCode.UNAVAILABLE: "El servicio no responde en este momento. Probá de nuevo.",
    grpc.StatusCode.UNKNOWN: "No sabemos si se completó. Revisá antes de volver a intentarlo.",
    grpc.StatusCode.UNAUTHENTICATED: "Iniciá sesión de nuevo.",
    grpc.StatusCode.DEADLINE_EXCEEDED: "Tardó demasiado. Probá de nuevo.",
    grpc.StatusCode.INTERNAL: "Algo falló de nuestro lado. Ya quedó registrado.",
}

BY_REASON: Mapping[str, str] = {
    "BLOB_STORE_UNAVAILABLE": "Ahora no se pueden guardar ni ver fotos. Probá de nuevo.",
    "API_KEYS_FULL": "Ya hay demasiadas claves activas: revocá alguna que no uses.",
    "API_KEY_EXPIRES_TOO_SOON": "La fecha de vencimiento de la clave ya pasó.",
    "API_KEY_NOT_FOUND": "No encontramos esa clave.",
    "ARCA_CERTIFICATE_INVALID": "Ese archivo no es un certificado de ARCA.",
    "ARCA_CERTIFICATE_NOT_VALID_NOW": "El certificado está vencido o todavía no empezó a regir.",
    "ARCA_CERTIFICATE_OF_ANOTHER_CUIT": "El certificado es de otro CUIT.",
    "ARCA_CONNECTION_NOT_FOUND": "Tu empresa no conectó un certificado propio.",
    "ARCA_PRIVATE_KEY_INVALID": "Esa clave privada no es la del certificado.",
    "ARCA_PRIVATE_KEY_MISSING": "Falta la clave privada: subila, o pedí el certificado desde acá.",
    "CALL_LIMIT_EXCEEDED": "Hiciste muchos pedidos seguidos. Esperá unos segundos.",
    "CONVERSATION_WINDOW_CLOSED": (
        "Pasaron más de 24 horas desde que el cliente escribió: mandale una plantilla."
    ),
    "CUIT_REQUIRED": "Para esa condición frente al IVA hace falta el CUIT.",
    "CURSOR_EXPIRED": "Pasó mucho tiempo sin conexión. Actualizá la pantalla.",
    "CUSTOMER_NOT_FOUND": "No encontramos ese cliente.",
    "CUSTOMER_WITHOUT_PHONE_NUMBER": "No tenemos el teléfono de ese cliente.",
    "DEVICE_NOT_FOUND": "No encontramos este teléfono: registralo de nuevo.",
    "ETAG_MISMATCH": "Otra persona cambió esto mientras tanto. Actualizá y probá de nuevo.",
    "FIELD_IMMUTABLE": "Ese dato no se puede cambiar: creá otro registro si hace falta.",
    "FISCAL_SERIES_TAKEN": "Otra empresa ya factura con ese CUIT y ese punto de venta.",
    "INGEST_FULL": "Hay mucho tráfico. Tus posiciones quedan guardadas y se envían enseguida.",
    "INSTALLATION_TAKEN": "Este teléfono está registrado a nombre de otro técnico.",
    "INSTALL_EPOCH_PAST": "La app de este teléfono quedó atrasada. Cerrala y volvé a abrirla.",
    "INSTALL_EPOCH_UNKNOWN": "La app de este teléfono se reinstaló. Cerrala y volvé a abrirla.",
    "INVALID_CUIT": "El CUIT no es válido: revisá los números.",
    "INVOICE_NOT_FOUND": "No encontramos esa factura.",
    "JOB_FIELD_FIXED": "Eso ya no se puede cambiar en este trabajo.",
    "JOB_NOTES_FULL": "Este trabajo ya tiene demasiadas notas.",
    "JOB_NOT_FOUND": "No encontramos ese trabajo.",
    "JOB_OF_ANOTHER_TECHNICIAN": "Este trabajo está asignado a otro técnico.",
    "JOB_PAUSES_FULL": "Este trabajo ya se pausó demasiadas veces.",
    "JOB_PROOFS_FULL": "Este trabajo ya tiene demasiadas fotos y firmas.",
    "JOB_PROOF_NOT_FOUND": "No encontramos esa foto o firma.",
    "JOB_PROOF_NOT_UPLOADED": "La foto o firma todavía no se subió.",
    "JOB_TRANSITION_REFUSED": "El trabajo ya cambió de estado y no admite este paso.",
    "LAST_OWNER": "La empresa necesita al menos un dueño: nombrá a otra persona antes.",
    "MEMBERSHIP_CHANGED": "Tus permisos cambiaron. Volvé a abrir la pantalla.",
    "MEMBER_ENDED": "Ya no formás parte de esta empresa.",
    "MEMBER_HAS_OPEN_JOBS": "Esa persona todavía tiene trabajos abiertos: reasignalos antes.",
    "MEMBER_NOT_FOUND": "No encontramos a esa persona en tu equipo.",
    "MEMBER_NOT_TECHNICIAN": "Esa persona no es técnica: elegí a otra.",
    "MEMBER_SUBJECT_TAKEN": "Esa cuenta ya pertenece a otra persona de tu equipo.",
    "MEMBER_TRANSITION_REFUSED": "Esa persona ya está como querés dejarla.",
    "MESSAGE_TEMPLATE_INVALID": "Esa plantilla no existe o le faltan datos.",
    "MESSAGE_TOO_LARGE": "Lo que enviaste es demasiado grande.",
    "ORGANIZATION_NOT_FOUND": "No encontramos esa empresa.",
    "PAGE_TOKEN_INVALID": "La lista cambió. Volvé a abrirla.",
    "PERSON_REQUIRED": "Esto lo tiene que hacer una persona.",
    "PRICE_NOT_OF_LINES": "El precio no coincide con la suma de los renglones.",
    "ROLE_MISSING": "Tu rol no permite hacer esto.",
    "SERVER_FULL": "Hay mucho tráfico en este momento. Probá de nuevo en unos segundos.",
    "STREAM_LIMIT_EXCEEDED": "Tenés demasiadas pantallas abiertas. Cerrá alguna.",
    "TASK_NOT_DEAD": "Esa tarea no está entre las fallidas: alguien ya la retomó o terminó.",
    "TASK_NOT_FOUND": "No encontramos esa tarea.",
    "TASK_TRANSITION_REFUSED": "La tarea ya cambió de estado y no admite este paso.",
    "TECHNICIAN_DOUBLE_BOOKED": "El técnico ya tiene otro trabajo a esa hora.",
    "TOKEN_EXPIRED": "Tu sesión venció. Iniciá sesión de nuevo.",
    "WEBHOOK_SIGNATURE_INVALID": "La firma del aviso no es válida.",
    "WHATSAPP_CONNECTION_NOT_FOUND": "Tu empresa no conectó un número de WhatsApp propio.",
    "WHATSAPP_NOT_CONNECTED": "Tu empresa todavía no conectó un número de WhatsApp.",
    "WHATSAPP_NUMBER_TAKEN": "Ese número de WhatsApp ya lo usa otra empresa.",
    "WHATSAPP_NUMBER_UNPROVEN": "Para usar ese número, conectalo con su token de acceso.",
    "WHATSAPP_TOKEN_REFUSED": "WhatsApp no reconoce ese número con ese token. Revisá los dos.",
}


def spanish_message(reason: str, code: grpc.StatusCode) -> str:
    """Return what a person is told."""
    return BY_REASON.get(reason) or _BY_CODE[code]

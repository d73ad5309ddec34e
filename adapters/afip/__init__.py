"""ARCA (until 2024 AFIP), the tax agency: logins by WSAA, invoices by WSFEv1, both over SOAP."""

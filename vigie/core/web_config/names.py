"""Go's names for what TLS can do, and what they are called in OpenSSL and in Python's ssl."""

from collections.abc import Mapping
from typing import Literal

# https://pkg.go.dev/crypto/tls#ClientAuthType. Python's ssl can't ask for a certificate without verifying it. A merely
# requested one changes nothing for the client, so it is not asked for; a required one is always verified.
CLIENT_AUTH_TYPES: Mapping[str, Literal["none", "optional", "required"]] = {
    "": "none",
    "NoClientCert": "none",
    "RequestClientCert": "none",
    "RequireAnyClientCert": "required",
    "RequireClientCert": "required",  # the toolkit's older name for the one above
    "VerifyClientCertIfGiven": "optional",
    "RequireAndVerifyClientCert": "required",
}

VERSIONS = ("TLS10", "TLS11", "TLS12", "TLS13")

CURVES: Mapping[str, str] = {
    "CurveP256": "prime256v1",
    "CurveP384": "secp384r1",
    "CurveP521": "secp521r1",
    "X25519": "X25519",
}

# https://pkg.go.dev/crypto/tls#CipherSuites; the first three are always on in TLS 1.3, in Go as in OpenSSL.
CIPHER_SUITES: Mapping[str, str] = {
    "TLS_AES_128_GCM_SHA256": "",
    "TLS_AES_256_GCM_SHA384": "",
    "TLS_CHACHA20_POLY1305_SHA256": "",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA": "ECDHE-ECDSA-AES128-SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA": "ECDHE-ECDSA-AES256-SHA",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA": "ECDHE-RSA-AES128-SHA",
    "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA": "ECDHE-RSA-AES256-SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256": "ECDHE-ECDSA-AES128-GCM-SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384": "ECDHE-ECDSA-AES256-GCM-SHA384",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256": "ECDHE-RSA-AES128-GCM-SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384": "ECDHE-RSA-AES256-GCM-SHA384",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256": "ECDHE-ECDSA-CHACHA20-POLY1305",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256": "ECDHE-RSA-CHACHA20-POLY1305",
    # Go 1.22 counts those without a key exchange as insecure; files written before name them.
    "TLS_RSA_WITH_AES_128_CBC_SHA": "AES128-SHA",
    "TLS_RSA_WITH_AES_256_CBC_SHA": "AES256-SHA",
    "TLS_RSA_WITH_AES_128_GCM_SHA256": "AES128-GCM-SHA256",
    "TLS_RSA_WITH_AES_256_GCM_SHA384": "AES256-GCM-SHA384",
}

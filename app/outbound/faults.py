"""Turn libcurl's error codes into our stable words. Pure: codes in, a word out."""

import errno

import pycurl

_UNREACHABLE = {errno.ETIMEDOUT, errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN, errno.ENETDOWN}
_HUNG_UP = {errno.ECONNRESET, errno.EPIPE, errno.ECONNABORTED}

# CURLE_* numbers that pycurl has no names for (libcurl-errors(3)).
E_WEIRD_SERVER_REPLY, E_HTTP2_STREAM, E_TOO_LARGE = 8, 92, 100

_BY_CODE = {
    pycurl.E_COULDNT_RESOLVE_HOST: "dns_not_found",
    pycurl.E_GOT_NOTHING: "reset",
    pycurl.E_SEND_ERROR: "reset",
    pycurl.E_RECV_ERROR: "reset",
    pycurl.E_PARTIAL_FILE: "reset",
    # What follows is an answer that is no HTTP: for a person it comes to the same as none.
    E_WEIRD_SERVER_REPLY: "reset",
    pycurl.E_UNSUPPORTED_PROTOCOL: "reset",
    pycurl.E_HTTP2: "reset",
    E_HTTP2_STREAM: "reset",
    pycurl.E_SSL_CIPHER: "tls_handshake",
    E_TOO_LARGE: "too_large",
}

# OpenSSL's X509_V_ERR_* numbers (openssl-verification-options(1)).
# 0, 1 (libcurl's start value), 62, 64: the chain is good, the name or address is not.
# 18 and 19: self-signed, alone or as the root of what was sent. 2, 20, 21: an issuer is missing.
_BY_VERIFY_RESULT = {
    0: "tls_name_mismatch",
    1: "tls_name_mismatch",
    62: "tls_name_mismatch",
    64: "tls_name_mismatch",
    10: "tls_expired",
    18: "tls_self_signed",
    19: "tls_self_signed",
    2: "tls_incomplete_chain",
    20: "tls_incomplete_chain",
    21: "tls_incomplete_chain",
}


def name_fault(code: int, os_errno: int, verify_result: int, *, request_sent: bool) -> str:
    """Name what went wrong.

    code: a CURLE_* number. os_errno: the last system error, 0 if none. verify_result: OpenSSL's.
    request_sent: whether the connection (TLS included) stood and the request may have been received.
    """
    if code == pycurl.E_OPERATION_TIMEDOUT:
        return "read_timeout" if request_sent else "connect_timeout"
    if code == pycurl.E_COULDNT_CONNECT:
        return _connect_fault(os_errno)
    if code == pycurl.E_SSL_CONNECT_ERROR:
        return "reset" if os_errno in _HUNG_UP else "tls_handshake"
    if code == pycurl.E_PEER_FAILED_VERIFICATION:
        return _BY_VERIFY_RESULT.get(verify_result, "tls_handshake")
    return _BY_CODE.get(code, "internal")


def _connect_fault(os_errno: int) -> str:
    if os_errno in _UNREACHABLE:
        return "connect_timeout"
    return "reset" if os_errno in _HUNG_UP else "refused"

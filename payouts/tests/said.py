"""Answers of Solar Staff, word for word."""

import json

KEY = "0f3c5d0e-8a4b-4c3b-9d59-0d9a6f0c7b11"


def good(response: object, **more: object) -> bytes:
    return json.dumps({"success": True, "code": 200, "response": response} | more).encode()


def bad(code: object, **response: object) -> bytes:
    return json.dumps({"success": False, "code": code, "response": response}).encode()

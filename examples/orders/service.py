"""An order service: takes orders, reserves stock at the warehouse. Standard library only."""

import json
import os
import urllib.error
import urllib.request
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

WAREHOUSE = os.environ["WAREHOUSE_URL"]
BUG = os.environ.get("ORDERS_BUG", "")
ORDERS = {}


def warehouse(method, path, body=None):
    request = urllib.request.Request(
        WAREHOUSE + path,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json", "Authorization": "Bearer " + os.environ.get("WAREHOUSE_KEY", "")},
    )
    try:
        with urllib.request.urlopen(request, timeout=2) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)
    except OSError as error:
        return 0, {"detail": str(error)}


class Orders(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, body):
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def do_GET(self):
        if self.path == "/healthz":
            self.answer(200, {"ok": True})
        elif self.path.startswith("/orders/") and self.path[8:] in ORDERS:
            self.answer(200, ORDERS[self.path[8:]])
        else:
            self.answer(404, {"message": "no such order"})

    def do_POST(self):
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path != "/orders":
            return self.answer(404, {"message": "no such page"})
        if self.headers.get_content_type() != "application/json":
            return self.answer(400, {"message": "an order is JSON: send it as application/json"})
        try:
            order = json.loads(raw)
            sku, quantity = order["sku"], order["quantity"]
            if not isinstance(sku, str) or not sku or type(quantity) is not int or not 1 <= quantity <= 99:
                raise ValueError
            sku.encode()  # half of a surrogate pair is no text
        except (ValueError, KeyError, TypeError, RecursionError):  # the last: brackets too deep
            return self.answer(400, {"message": "an order has a sku and a quantity from 1 to 99"})
        for _ in range(2 if BUG == "double" else 1):
            status, reservation = warehouse("POST", "/reservations", {"sku": sku, "quantity": quantity})
        if status != 201 and BUG != "swallow":
            reason = "out of stock" if status == 409 else "the warehouse is out of reach"
            return self.answer(409 if status == 409 else 503, {"message": reason})
        number = uuid.uuid4().hex[:12]
        ORDERS[number] = {"id": number, "sku": sku, "quantity": quantity, "reservation": reservation.get("id", "none")}
        self.answer(201, ORDERS[number])

    def log_message(self, form, *args):
        print(form % args, flush=True)


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Orders).serve_forever()

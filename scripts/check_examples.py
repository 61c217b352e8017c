#!/usr/bin/env python3
"""Checks what the usual OpenAPI tools do not: examples everywhere, and requests with bounds.

    check_examples.py FILE...

For each contract (OpenAPI 3.1):
- every request body and every answer with content has a schema and an example, every parameter and header too;
- every example is valid against its schema, formats included, and a format that is not checked is a finding;
- every request body's example stops being valid when a required field is taken away (so the check is not empty);
- every request schema has bounds: strings, arrays, numbers and free-form objects have a largest size, and a
  field is required, or has a default, or may be null;
- every object with properties in an answer says which are required;
- every operation answers something that is not an error, and every error has the form {detail}.

Prints one line for each finding, with the JSON pointer of the place. Exit code: 0 none, 1 some, 2 wrong use.
Needs jsonschema, referencing, rfc3339-validator and PyYAML, as openapi-spec-validator brings them.
"""

import copy
import sys
from urllib.parse import urlsplit

import yaml
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

BASE = "urn:contract"
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
# Answers that have no content by their nature (RFC 9110, 15.2 and 15.3.5).
NO_CONTENT = ("101", "204")
# Answers whose body is the same in good and bad times: the health endpoints.
OWN_ERROR_FORM = (("/health", "503"), ("/ready", "503"))
# Formats that bound the length of a string by themselves.
BOUNDED_FORMATS = ("date", "date-time", "time", "uuid", "ipv4", "ipv6")

FORMATS = FormatChecker()


@FORMATS.checks("uri", raises=ValueError)
def is_uri(value):
    """An absolute address; jsonschema checks `uri` only with a further package."""
    if not isinstance(value, str):
        return True
    parts = urlsplit(value)
    return bool(parts.scheme and (parts.netloc or parts.path)) and not any(c.isspace() for c in value)


class Loader(yaml.SafeLoader):
    """YAML as JSON sees it: a date stays a string, a key may stand only once."""

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.YAMLError(f"the key {key!r} stands twice, {node.start_mark}")
        return super().construct_mapping(node, deep)


Loader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def escape(token):
    """A token of a JSON pointer (RFC 6901, section 3)."""
    return str(token).replace("~", "~0").replace("/", "~1")


class Contract:
    """One contract and what was found in it."""

    def __init__(self, document):
        self.document = document
        self.findings = []
        self.examples = set()
        resource = Resource(contents=document, specification=DRAFT202012)
        self.registry = Registry().with_resource(BASE, resource)

    def find(self, pointer, text):
        """Notes a finding, once."""
        if (pointer, text) not in self.findings:
            self.findings.append((pointer, text))

    def resolve(self, value, pointer):
        """Follows `$ref` to the thing itself, and says where that stands."""
        while isinstance(value, dict) and "$ref" in value:
            pointer = value["$ref"].removeprefix("#")
            value = self.document
            for token in pointer.split("/")[1:]:
                token = token.replace("~1", "/").replace("~0", "~")
                value = value[int(token)] if isinstance(value, list) else value[token]
        return value, pointer

    def validator(self, pointer):
        """The validator of the schema that stands at `pointer`."""
        fragment = pointer.replace("%", "%25").replace("{", "%7B").replace("}", "%7D").replace(" ", "%20")
        schema = {"$ref": f"{BASE}#{fragment}"}
        return Draft202012Validator(schema, registry=self.registry, format_checker=FORMATS)

    def check(self):
        """Looks at everything."""
        for path, item in self.document["paths"].items():
            here = f"/paths/{escape(path)}"
            shared = item.get("parameters", [])
            self.parameters(shared, f"{here}/parameters")
            for method in METHODS:
                if method in item:
                    self.operation(path, item[method], f"{here}/{method}")
        for name, schema in self.document["components"]["schemas"].items():
            pointer = f"/components/schemas/{escape(name)}"
            self.formats(schema, pointer)
            for index, example in enumerate(schema.get("examples", [])):
                self.example(example, pointer, f"{pointer}/examples/{index}")

    def operation(self, path, operation, pointer):
        """One operation: its parameters, its body, its answers."""
        self.parameters(operation.get("parameters", []), f"{pointer}/parameters")
        if "requestBody" in operation:
            body, where = self.resolve(operation["requestBody"], f"{pointer}/requestBody")
            self.content(body.get("content"), f"{where}/content", request=True)
        if not any(status[0] in "123" for status in operation["responses"]):
            self.find(f"{pointer}/responses", "no answer that is not an error")
        for status, response in operation["responses"].items():
            response, where = self.resolve(response, f"{pointer}/responses/{status}")
            for name, header in response.get("headers", {}).items():
                self.described(*self.resolve(header, f"{where}/headers/{escape(name)}"))
            if status in NO_CONTENT:
                continue
            self.content(response.get("content"), f"{where}/content", request=False)
            if status[0] in "45" and (path, status) not in OWN_ERROR_FORM:
                self.error_form(status, response, where)

    def error_form(self, status, response, pointer):
        """An error is {detail: text}; a 422 is {detail: [{loc, msg, type}]}."""
        if "application/json" not in response.get("content", {}):
            return
        validator = self.validator(f"{pointer}/content/application~1json/schema")
        text = {"detail": "Why"}
        shape = {"detail": [{"loc": ["body", "items", 0], "msg": "Why", "type": "missing"}]}
        good, bad = (shape, text) if status == "422" else (text, shape)
        if not validator.is_valid(good):
            self.find(pointer, f"the answer {status} does not allow {good}")
        for wrong in (bad, {}, {"detail": []}, {"detail": [{"msg": "Why"}]}):
            if validator.is_valid(wrong):
                self.find(pointer, f"the answer {status} allows {wrong}")

    def parameters(self, parameters, pointer):
        """Each parameter has a description, a schema with bounds, and an example."""
        for index, parameter in enumerate(parameters):
            parameter, where = self.resolve(parameter, f"{pointer}/{index}")
            self.described(parameter, where)
            # The length of a header is bounded by the server; one that is only passed on may hold any text.
            if "schema" in parameter and not (parameter.get("in") == "header" and parameter["schema"] == {"type": "string"}):
                self.bounds(parameter["schema"], f"{where}/schema", set())

    def described(self, thing, pointer):
        """A parameter or a header."""
        if "description" not in thing:
            self.find(pointer, "no description")
        self.schema_with_examples(thing, pointer)

    def content(self, content, pointer, request):
        """The media types of a body."""
        if not content:
            self.find(pointer, "no content")
            return
        for media_type, media in content.items():
            where = f"{pointer}/{escape(media_type)}"
            self.schema_with_examples(media, where, request)
            if "schema" not in media:
                continue
            if request:
                self.bounds(media["schema"], f"{where}/schema", set())
            else:
                self.required(media["schema"], f"{where}/schema", set())

    def schema_with_examples(self, thing, pointer, request=False):
        """A thing with a schema and at least one example."""
        if "schema" not in thing:
            self.find(pointer, "no schema")
            return
        self.formats(thing["schema"], f"{pointer}/schema")
        examples = []
        if "example" in thing:
            examples.append((thing["example"], f"{pointer}/example"))
        for name, example in thing.get("examples", {}).items():
            example, where = self.resolve(example, f"{pointer}/examples/{escape(name)}")
            if "value" not in example:
                self.find(where, "no value")
            else:
                examples.append((example["value"], f"{where}/value"))
        if not examples:
            self.find(pointer, "no example")
        for example, where in examples:
            self.example(example, f"{pointer}/schema", where)
            if request:
                self.without_required(example, thing["schema"], f"{pointer}/schema", where)

    def example(self, example, schema_pointer, pointer):
        """One example against its schema."""
        self.examples.add(pointer)
        for error in self.validator(schema_pointer).iter_errors(example):
            self.find(pointer + "".join(f"/{escape(token)}" for token in error.absolute_path), error.message)

    def without_required(self, example, schema, schema_pointer, pointer):
        """A body without a required field must not be valid."""
        resolved, _ = self.resolve(schema, schema_pointer)
        for field in resolved.get("required", []):
            less = copy.deepcopy(example)
            if isinstance(less, dict) and less.pop(field, None) is not None:
                if self.validator(schema_pointer).is_valid(less):
                    self.find(pointer, f"still valid without the required field {field}")

    def formats(self, schema, pointer):
        """Every format in a schema is one that is checked, and every key has a value."""
        if isinstance(schema, list):
            for index, part in enumerate(schema):
                self.formats(part, f"{pointer}/{index}")
        elif isinstance(schema, dict):
            name = schema.get("format")
            if isinstance(name, str) and name not in FORMATS.checkers:
                self.find(pointer, f"the format {name} is not checked by anything")
            for key, part in schema.items():
                if key in ("example", "examples", "enum", "const", "default"):
                    continue
                # `{ description: One, two }` is YAML for a description `One` and a key `two`.
                if part is None:
                    self.find(pointer, f"the key {key!r} has no value: a comma in a text without quotes?")
                self.formats(part, f"{pointer}/{escape(key)}")

    def parts(self, schema, pointer, seen):
        """A schema and all that it is made of, each once, with its place."""
        schema, pointer = self.resolve(schema, pointer)
        if pointer in seen or not isinstance(schema, dict):
            return
        seen.add(pointer)
        yield schema, pointer
        for key in ("items", "additionalProperties"):
            if isinstance(schema.get(key), dict):
                yield from self.parts(schema[key], f"{pointer}/{key}", seen)
        for key in ("anyOf", "oneOf", "allOf"):
            for index, part in enumerate(schema.get(key, [])):
                yield from self.parts(part, f"{pointer}/{key}/{index}", seen)
        for name, part in schema.get("properties", {}).items():
            yield from self.parts(part, f"{pointer}/properties/{escape(name)}", seen)

    def bounds(self, schema, pointer, seen):
        """A request can't be larger than something, and says which fields must be there."""
        for part, where in self.parts(schema, pointer, seen):
            kinds = part.get("type", [])
            kinds = [kinds] if isinstance(kinds, str) else kinds
            if not kinds and not {"anyOf", "oneOf", "allOf", "enum", "const"} & part.keys():
                self.find(where, "any type is allowed in a request")
            if "enum" in part or "const" in part:
                continue
            if "string" in kinds and "maxLength" not in part and "pattern" not in part:
                if part.get("format") not in BOUNDED_FORMATS:
                    self.find(where, "a string in a request without maxLength")
            if "array" in kinds and ("maxItems" not in part or "items" not in part):
                self.find(where, "an array in a request without maxItems or items")
            if {"integer", "number"} & set(kinds) and not {"minimum", "maximum"} <= part.keys():
                self.find(where, "a number in a request without minimum or maximum")
            if "object" in kinds and "properties" not in part and "maxProperties" not in part:
                self.find(where, "a free-form object in a request without maxProperties")
            for name, field in part.get("properties", {}).items():
                place = f"{where}/properties/{escape(name)}"
                given = name in part.get("required", []) or "default" in self.resolve(field, place)[0]
                if not given and not self.validator(place).is_valid(None):
                    self.find(place, "neither required nor with a default nor nullable")

    def required(self, schema, pointer, seen):
        """An object in an answer says which fields are always there."""
        for part, where in self.parts(schema, pointer, seen):
            if "properties" in part and not part.get("required"):
                # An object that a request and an answer share may have defaults in place of required fields.
                if not all("default" in self.resolve(p, "")[0] for p in part["properties"].values()):
                    self.find(where, "an object in an answer without required")


def main(files):
    """Checks the files, prints the findings."""
    if not files:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    found = 0
    for file in files:
        try:
            with open(file, encoding="utf-8") as stream:
                contract = Contract(yaml.load(stream, Loader))
            contract.check()
        except (OSError, yaml.YAMLError, KeyError, TypeError, AttributeError, ValueError) as error:
            print(f"{file}: can't be checked: {error!r}")
            found += 1
            continue
        for pointer, text in contract.findings:
            print(f"{file}#{pointer}: {text}")
        found += len(contract.findings)
        if not contract.examples:
            print(f"{file}: no example at all")
            found += 1
        print(f"{file}: {len(contract.examples)} examples checked, {len(contract.findings)} findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

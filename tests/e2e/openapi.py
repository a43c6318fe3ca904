# SPDX-License-Identifier: ISC
"""
openapi: as much of JSON Schema as the API's own description uses, to hold
answers against it.
"""
import re

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z$")
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool}


class Mismatch(AssertionError):
    pass


def fits(spec, schema, value, at="$"):
    """Raises Mismatch where the value is not what the schema says."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        return fits(spec, spec["components"]["schemas"][name], value, at)
    kind = schema.get("type")
    if kind == "integer":
        if isinstance(value, bool) or not isinstance(value, int):
            raise Mismatch("%s: no integer: %r" % (at, value))
    elif kind and not isinstance(value, TYPES[kind]):
        raise Mismatch("%s: no %s: %r" % (at, kind, value))
    if schema.get("format") == "date-time" and not TIME.match(value):
        raise Mismatch("%s: no time: %r" % (at, value))
    if kind == "object":
        properties = schema.get("properties", {})
        for name in schema.get("required", []):
            if name not in value:
                raise Mismatch("%s: lacks %s: %r" % (at, name, value))
        for name, member in value.items():
            if name in properties:
                fits(spec, properties[name], member, at + "." + name)
            elif schema.get("additionalProperties") is False:
                raise Mismatch("%s: has %s: %r" % (at, name, member))
    if kind == "array":
        for i, item in enumerate(value):
            fits(spec, schema.get("items", {}), item, "%s[%d]" % (at, i))


def operation(spec, method, path):
    """The operation of a real path, or None."""
    path = path.split("?")[0]
    for pattern, item in spec["paths"].items():
        regex = re.escape(pattern).replace(r"\{id\}", "[^/]+")
        if re.fullmatch(regex, path) and method.lower() in item:
            return item[method.lower()]
    return None


def answers(spec, method, path, status, kind, value):
    """Holds one answer against the description."""
    if status >= 400:
        assert kind == "application/problem+json", kind
        fits(spec, spec["components"]["schemas"]["problem"], value)
        assert value["status"] == status
        assert value["type"].startswith("urn:dossier:problem:")
        return
    responses = operation(spec, method, path)["responses"]
    content = responses[str(status)]["content"]
    fits(spec, content[kind].get("schema", {}), value)


def sound(spec):
    """References lead somewhere, and every parameter is complete."""
    text = repr(spec)
    for name in re.findall(r"#/components/schemas/(\w+)", text):
        assert name in spec["components"]["schemas"], name
    assert spec["openapi"].startswith("3.1")
    for path, item in spec["paths"].items():
        for method, op in item.items():
            assert op["responses"], (path, method)
            names = [p["name"] for p in op["parameters"]]
            assert len(names) == len(set(names)), (path, names)
            assert ("{id}" in path) == ("id" in names), path
            for p in op["parameters"]:
                assert set(p) == {"description", "in", "name", "required",
                                  "schema"}, p

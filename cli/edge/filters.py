"""What happens to a request on its way to a server, and to the answer on its way back."""

import base64

from cli.edge.caller_limit import CallerLimit, caller_limit_filter
from cli.edge.contract import Contract
from cli.edge.nodes import Node, typed
from cli.edge.routes import LARGEST_JSON_BODY_BYTES, LARGEST_WEBHOOK_BODY_BYTES

# The longest page of a list, written as JSON.
LARGEST_JSON_ANSWER_BYTES = 8 * 1024 * 1024

# Sets the HTTP status that a handler asked for, for JSON callers only: to gRPC, 200 is the only
# success. It stands before the transcoder in the list, so responses reach it after the transcoder.
APPLY_HTTP_STATUS = """
function envoy_on_response(response)
  local headers = response:headers()
  local status = headers:get("x-http-status")
  local is_grpc = (headers:get("content-type") or ""):find("^application/grpc")
  if status and not is_grpc then headers:replace(":status", status) end
  headers:remove("x-http-status")
end
"""

# HTTP allows more in a header than gRPC does, whose servers end such a call as INTERNAL. Nothing of
# ours is written so: these headers are dropped.
DROP_ILLEGAL_HEADERS = """
function envoy_on_request(request)
  local headers = request:headers()
  local illegal = {}
  for name, value in pairs(headers) do
    local is_bad = name:find("[^0-9a-z_.:-]") or value:find("[^ -~]")
      or (name:find("-bin$") and value:find("[^%w+/=, -]"))
    if is_bad and name:sub(1, 1) ~= ":" then table.insert(illegal, name) end
  end
  for _, name in ipairs(illegal) do headers:remove(name) end
end
"""


def http_filters(contract: Contract, caller_limit: CallerLimit) -> list[Node]:
    """Return the filters in the order of requests; answers pass them from the last to the first."""
    return [
        _filter("cors", "cors.v3.Cors"),
        _filter("grpc_web", "grpc_web.v3.GrpcWeb"),
        # After what gRPC-Web callers need to understand it, and before all that costs something.
        caller_limit_filter(caller_limit),
        _filter(
            "lua",
            "lua.v3.Lua",
            default_source_code={"inline_string": DROP_ILLEGAL_HEADERS + APPLY_HTTP_STATUS},
        ),
        _filter("buffer", "buffer.v3.Buffer", max_request_bytes=LARGEST_JSON_BODY_BYTES),
        _transcoder(contract),
        _filter("router", "router.v3.Router"),
    ]


def _transcoder(contract: Contract) -> Node:
    return _filter(
        "grpc_json_transcoder",
        "grpc_json_transcoder.v3.GrpcJsonTranscoder",
        proto_descriptor_bin=base64.b64encode(contract.descriptors()).decode(),
        services=contract.services(),
        print_options={
            # `pending: 0` must not vanish.
            "always_print_primitive_fields": True,
            "always_print_enums_as_ints": False,
            # A stream is one JSON document per line.
            "stream_newline_delimited": True,
        },
        convert_grpc_status=True,
        query_param_unescape_plus=True,
        # The buffer before it knows which path may have how much.
        max_request_body_size=LARGEST_WEBHOOK_BODY_BYTES,
        max_response_body_size=LARGEST_JSON_ANSWER_BYTES,
        request_validation_options={
            "reject_unknown_method": True,
            "reject_unknown_query_parameters": True,
            "reject_binding_body_field_collisions": True,
        },
    )


def _filter(name: str, kind: str, **options: object) -> Node:
    return {
        "name": f"envoy.filters.http.{name}",
        "typed_config": typed(f"extensions.filters.http.{kind}", **options),
    }

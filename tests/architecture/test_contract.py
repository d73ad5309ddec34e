"""The rules of the contract that buf does not know."""

import re
from importlib import import_module

import pytest
from google.api import field_behavior_pb2, field_info_pb2, resource_pb2
from google.protobuf.descriptor import FieldDescriptor, MethodDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorProto, MethodOptions

from tests.architecture.contract import (
    behaviors,
    bindings,
    comments,
    contract_files,
    elements,
    has_effect,
    http_call,
    is_bidirectional,
    is_list,
    is_update,
    is_webhook,
    messages,
    method_comments,
    methods,
    request_fields,
    resource,
    rules,
    settable_fields,
    value_rules,
)
from tests.architecture.repository import ROOT, tracked_files

READS = re.compile(r"(Get|List|Verify|Watch)[A-Z]")
VARIABLE = re.compile(r"\{(?P<field>[\w.]+)=(?P<template>[^}]*)\}")
SHORT_NAME = re.compile(r"\{(?:\w+\.)?name=(?!organizations/)")
CALLERS = re.compile(r"^ *Callers: \S", re.MULTILINE)
REASON = re.compile(r"\b[A-Z]+(?:_[A-Z]+)+\b")
PROTO = ROOT / "proto"


def test_the_descriptors_hold_every_file_of_the_contract() -> None:
    written = {
        file.relative_to(PROTO).as_posix() for file in tracked_files("proto/campotech/**.proto")
    }

    described = {file.name for file in contract_files()}

    assert described == written


@pytest.mark.parametrize("file", contract_files(), ids=lambda file: file.name)
def test_the_descriptors_are_those_of_the_generated_code(file: FileDescriptorProto) -> None:
    module = import_module(file.name.removesuffix(".proto").replace("/", ".") + "_pb2")
    described = FileDescriptorProto()
    described.CopyFrom(file)
    described.ClearField("source_code_info")

    generated = FileDescriptorProto.FromString(module.DESCRIPTOR.serialized_pb)

    assert described == generated


def test_every_file_defines_at_most_one_service() -> None:
    crowded = [file.name for file in contract_files() if len(file.service) > 1]

    assert not crowded


def test_every_method_but_a_bidirectional_one_can_be_called_over_json() -> None:
    unreachable = [
        method.full_name
        for method in methods()
        if bool(bindings(method)) == is_bidirectional(method)
    ]

    assert not unreachable


def test_no_two_methods_share_a_path() -> None:
    calls = [
        (verb, VARIABLE.sub(r"\g<template>", path))
        for method in methods()
        for verb, path in map(http_call, bindings(method))
    ]

    assert len(calls) == len(set(calls))


def test_reads_are_gets_updates_are_patches_and_everything_else_is_a_post() -> None:
    surprising = [
        method.full_name
        for method in methods()
        for verb, _ in map(http_call, bindings(method))
        if verb != ("patch" if is_update(method) else "post" if has_effect(method) else "get")
    ]

    assert not surprising


def test_a_method_says_that_it_has_no_effect_exactly_if_it_only_reads() -> None:
    doubtful = [
        method.full_name
        for method in methods()
        if has_effect(method) == bool(READS.match(method.name))
    ]

    assert not doubtful


def test_what_a_path_or_a_body_binds_is_a_field_of_the_request() -> None:
    dangling = [
        f"{method.full_name}: {field}"
        for method in methods()
        for binding in bindings(method)
        for field in [*(name for name, _ in VARIABLE.findall(http_call(binding)[1])), binding.body]
        if field not in {"", "*"}
        and field.partition(".")[0] not in method.input_type.fields_by_name
    ]

    assert not dangling


def test_what_takes_a_short_name_in_its_path_takes_the_long_one_too() -> None:
    paths = {
        method.full_name: [http_call(binding)[1] for binding in bindings(method)]
        for method in methods()
    }

    only_short = [
        method
        for method, templates in paths.items()
        if any(SHORT_NAME.search(template) for template in templates)
        and not any("name=organizations/*/" in template for template in templates)
    ]

    assert not only_short


def test_every_request_field_says_how_a_caller_must_treat_it() -> None:
    silent = [field.full_name for field in request_fields() if not behaviors(field)]

    assert not silent


def test_no_request_field_is_both_required_and_optional() -> None:
    both = {field_behavior_pb2.REQUIRED, field_behavior_pb2.OPTIONAL}

    undecided = [field.full_name for field in request_fields() if both <= {*behaviors(field)}]

    assert not undecided


def test_every_method_with_an_effect_can_be_repeated_at_least_under_its_request_id() -> None:
    unrepeatable = [
        method.full_name
        for method in methods()
        if has_effect(method)
        and not is_bidirectional(method)
        and not may_be_repeated_as_it_is(method)
        and not is_webhook(method)
        and not is_request_id(method.input_type.fields_by_name.get("request_id"))
    ]

    assert not unrepeatable


def may_be_repeated_as_it_is(method: MethodDescriptor) -> bool:
    return method.GetOptions().idempotency_level == MethodOptions.IDEMPOTENT


def is_request_id(field: FieldDescriptor | None) -> bool:
    if field is None:
        return False
    information = field.GetOptions().Extensions[field_info_pb2.field_info]
    return (
        information.format == field_info_pb2.FieldInfo.UUID4
        and behaviors(field) == [field_behavior_pb2.OPTIONAL]
        and rules(field).string.uuid
    )


def test_no_method_without_an_effect_takes_a_request_id() -> None:
    pointless = [
        method.full_name
        for method in methods()
        if not has_effect(method) and "request_id" in method.input_type.fields_by_name
    ]

    assert not pointless


def test_every_list_comes_in_pages() -> None:
    unpaged = [
        method.full_name
        for method in methods()
        if is_list(method)
        and not (
            {"parent", "page_size", "page_token"} <= {*method.input_type.fields_by_name}
            and "next_page_token" in method.output_type.fields_by_name
        )
    ]

    assert not unpaged


def test_requests_and_responses_are_named_for_their_method() -> None:
    misnamed = [
        method.full_name
        for method in methods()
        if (method.input_type.name, method.output_type.name)
        != (f"{method.name}Request", f"{method.name}Response")
    ]

    assert not misnamed


def test_every_resource_begins_with_its_name() -> None:
    nameless = [
        message.full_name
        for message in messages()
        if resource(message).type
        and not (
            message.fields[0].name == "name"
            and message.fields[0].number == 1
            and behaviors(message.fields[0]) == [field_behavior_pb2.IDENTIFIER]
        )
    ]

    assert not nameless


def test_every_resource_says_when_it_changed() -> None:
    timeless = [
        message.full_name
        for message in messages()
        if resource(message).type
        and not {"create_time", "update_time", "etag"} <= {*message.fields_by_name}
    ]

    assert not timeless


def test_every_resource_is_named_within_its_organization() -> None:
    patterns = {
        message.full_name: list(resource(message).pattern)
        for message in messages()
        if resource(message).type
    }

    astray = {
        name: pattern
        for name, pattern in patterns.items()
        if not (len(pattern) == 1 and pattern[0].startswith("organizations/{organization}"))
    }

    assert patterns
    assert not astray


def test_states_change_by_methods_alone() -> None:
    settable = [
        field.full_name
        for message in messages()
        if resource(message).type
        for field in message.fields
        if field.name.endswith("state") and behaviors(field) != [field_behavior_pb2.OUTPUT_ONLY]
    ]

    assert not settable


def test_references_are_to_resources_of_the_contract() -> None:
    known = {resource(message).type for message in messages()}

    dangling = [
        field.full_name
        for message in messages()
        for field in message.fields
        if (reference := field.GetOptions().Extensions[resource_pb2.resource_reference])
        and {reference.type, reference.child_type} - known - {""}
    ]

    assert not dangling


def test_every_text_in_a_request_is_bounded() -> None:
    unbounded = [
        field.full_name
        for field in settable_fields()
        if field.type == FieldDescriptor.TYPE_STRING
        and not (text := value_rules(field).string).max_len
        and not text.pattern
        and not text.uuid
    ]

    assert not unbounded


def test_every_repetition_in_a_request_is_bounded() -> None:
    unbounded = [
        field.full_name
        for field in settable_fields()
        if field.is_repeated
        and not rules(field).repeated.max_items
        # Unique values of an enum cannot be more than the enum has.
        and not (rules(field).repeated.unique and rules(field).repeated.items.enum.defined_only)
    ]

    assert not unbounded


def test_every_enum_in_a_request_is_one_of_those_defined() -> None:
    open_ended = [
        field.full_name
        for field in settable_fields()
        if field.enum_type and not value_rules(field).enum.defined_only
    ]

    assert not open_ended


@pytest.mark.parametrize("file", contract_files(), ids=lambda file: file.name)
def test_everything_in_the_file_has_a_comment(file: FileDescriptorProto) -> None:
    said = comments(file)

    silent = [name for path, name in elements(file) if not said[path]]

    assert not silent


def test_every_method_says_who_may_call_it() -> None:
    silent = [
        method for method, comment in method_comments().items() if not CALLERS.search(comment)
    ]

    assert method_comments()
    assert not silent


def test_reasons_fit_into_an_error() -> None:
    too_long = [
        reason
        for comment in method_comments().values()
        for reason in REASON.findall(comment)
        if len(reason) > 63
    ]

    assert not too_long

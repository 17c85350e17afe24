"""Submits one county's month with nothing of ours but an address: what the services take is learnt by reflection.

Usage: submit_month.py ADDRESS REGION MONTH REQUEST_ID SCHOOLS_CSV

Needs grpcio, grpcio-reflection and grpcio-status. Prints the reply as canonical protobuf JSON, and on stderr what it says; exits with 1 unless the month
was accepted. Called again with the same REQUEST_ID and file it gets the first reply again, so that it is safe to repeat.
"""

import csv
import random
import sys
import time

import grpc
from google.protobuf import json_format
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, LocalizedMessage
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from grpc_status import rpc_status

ATTEMPTS = 6
# Nothing but these may be repeated as it is; after a deadline the month may have been taken, and the same request_id finds out.
REPEATED = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED)
# Columns that a file of schools has beside the elements: they belong to the registry.
REGISTRY = {
    "name", "school_type", "organiser_type", "urban_rural_code", "group", "group_role", "opened_on", "closed_on"
}


def find_method(channel, name):
    """The method of that name among all services that the server tells of."""
    database = ProtoReflectionDescriptorDatabase(channel)
    pool = DescriptorPool(database)
    for service in database.get_services():
        method = pool.FindServiceByName(service).methods_by_name.get(name)
        if method is not None:
            return method
    raise SystemExit(f"no service has a method {name}")


def columns(descriptor, header):
    """The columns that are fields; what is neither a field nor the registry's would be lost, so it ends the program."""
    scalar = {field.name for field in descriptor.fields if field.type != FieldDescriptor.TYPE_MESSAGE and not field.is_repeated}
    unknown = [column for column in header if column not in scalar | REGISTRY]
    if unknown:
        raise SystemExit(f"unknown columns: {', '.join(unknown)}")
    return [column for column in header if column in scalar]


def set_fields(message, row, wanted):
    """Sets the fields that are named as columns; an empty cell stays missing."""
    for column in wanted:
        field, cell = message.DESCRIPTOR.fields_by_name[column], row[column]
        if not cell:
            continue
        try:
            if field.type == FieldDescriptor.TYPE_STRING:
                value = cell
            elif field.type == FieldDescriptor.TYPE_DOUBLE:
                value = float(cell)
            else:
                value = int(cell)
            setattr(message, column, value)
        except ValueError as error:
            raise SystemExit(f"{row['school_code']} {column}: {error}") from error


def read(file, schools):
    """Adds a message for each row of a file of schools."""
    rows = csv.DictReader(file)
    wanted = columns(schools.add().DESCRIPTOR, rows.fieldnames or [])
    del schools[:]
    for row in rows:
        if None in row:
            raise SystemExit(f"line {rows.line_num} has more cells than the header")
        set_fields(schools.add(), row, wanted)


def explained(error):
    """What a status carries: the reason for programs, the wrong fields, and a Chinese text for people."""
    lines = [f"{error.code().name}: {error.details()}"]
    status = rpc_status.from_call(error)
    for detail in status.details if status else []:
        for kind in (ErrorInfo, BadRequest, LocalizedMessage):
            message = kind()
            if not detail.Unpack(message):
                continue
            if kind is ErrorInfo:
                lines.append(message.reason)
            elif kind is BadRequest:
                lines += [f"{wrong.field} {wrong.description}" for wrong in message.field_violations]
            else:
                lines.append(message.message)
    return "\n".join(lines)


def repeat(call):
    """Calls until there is an answer, later and later, with jitter."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return call()
        except grpc.RpcError as error:
            if error.code() not in REPEATED or attempt == ATTEMPTS:
                raise SystemExit(explained(error)) from error
            delay = min(2.0**attempt, 30.0) * random.uniform(0.5, 1.0)
            print(f"{error.code().name}, again in {delay:.1f} s", file=sys.stderr, flush=True)
            time.sleep(delay)


def tell(response):
    """Says what became of the month; returns whether it was accepted."""
    outcome = response.WhichOneof("outcome")
    answer = getattr(response, outcome)
    for finding in answer.findings:
        print(f"{finding.path} {finding.message}", file=sys.stderr)
    if outcome == "receipt":
        print(f"accepted as {answer.submission}, revision {answer.revision}, {answer.content_digest}", file=sys.stderr)
    else:
        print(f"{outcome}: nothing of it counts; kept as {answer.submission}", file=sys.stderr)
    return outcome == "receipt"


def main():
    address, region, month, request_id, schools = sys.argv[1:]
    with grpc.insecure_channel(address) as channel:
        method = repeat(lambda: find_method(channel, "SubmitMonth"))
        request = GetMessageClass(method.input_type)(region=region, month=month, request_id=request_id)
        with open(schools, encoding="utf-8-sig", newline="") as file:
            read(file, request.schools)
        call = channel.unary_unary(
            f"/{method.containing_service.full_name}/{method.name}",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=GetMessageClass(method.output_type).FromString,
        )
        # Every attempt under the same request_id.
        response = repeat(lambda: call(request, timeout=30))
        print(json_format.MessageToJson(response, ensure_ascii=False))
        if not tell(response):
            sys.exit(1)


if __name__ == "__main__":
    main()

"""Submits one county's month with nothing of ours but an address: what the services take is learnt by reflection.

Usage: submit_month.py ADDRESS REGION MONTH REQUEST_ID SCHOOLS_CSV

Needs grpcio and grpcio-reflection. Prints the reply as canonical protobuf JSON, and on stderr what it says; exits with 1 unless the month
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
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

ATTEMPTS = 6
# Nothing but these may be repeated as it is; after a deadline the month may have been taken, and the same request_id finds out.
REPEATED = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED)


def find_method(channel, name):
    """The method of that name among all services that the server tells of."""
    database = ProtoReflectionDescriptorDatabase(channel)
    pool = DescriptorPool(database)
    for service in database.get_services():
        method = pool.FindServiceByName(service).methods_by_name.get(name)
        if method is not None:
            return method
    raise SystemExit(f"no service has a method {name}")


def set_fields(message, row):
    """Sets the fields that are named as columns; an empty cell stays missing."""
    for column, cell in row.items():
        field = message.DESCRIPTOR.fields_by_name.get(column)
        if field is None or cell == "":
            continue
        if field.type == FieldDescriptor.TYPE_STRING:
            value = cell
        elif field.type == FieldDescriptor.TYPE_DOUBLE:
            value = float(cell)
        else:
            value = int(cell)
        setattr(message, column, value)


def submit(call, request):
    """Calls until there is an answer: every attempt under the same request_id, later and later, with jitter."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return call(request, timeout=30)
        except grpc.RpcError as error:
            if error.code() not in REPEATED or attempt == ATTEMPTS:
                raise SystemExit(f"{error.code().name}: {error.details()}") from error
            delay = min(2.0**attempt, 30.0) * random.uniform(0.5, 1.0)
            print(f"{error.code().name}, again in {delay:.1f} s", file=sys.stderr)
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
        method = find_method(channel, "SubmitMonth")
        request = GetMessageClass(method.input_type)(region=region, month=month, request_id=request_id)
        with open(schools, encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                set_fields(request.schools.add(), row)
        call = channel.unary_unary(
            f"/{method.containing_service.full_name}/{method.name}",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=GetMessageClass(method.output_type).FromString,
        )
        response = submit(call, request)
        print(json_format.MessageToJson(response))
        if not tell(response):
            sys.exit(1)


if __name__ == "__main__":
    main()

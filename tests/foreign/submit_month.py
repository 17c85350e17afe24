"""Submits one county's month with nothing of ours but an address: what the services take is learnt by reflection.

Usage: submit_month.py ADDRESS REGION MONTH REQUEST_ID SCHOOLS_CSV

Needs grpcio and grpcio-reflection. Prints the reply as canonical protobuf JSON.
"""

import csv
import sys

import grpc
from google.protobuf import json_format
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase


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
        print(json_format.MessageToJson(call(request, timeout=30)))


if __name__ == "__main__":
    main()

"""`python -m cli.openapi DESCRIPTORS OUT` writes the document; `make generate` calls it."""

import sys
from pathlib import Path

from google.protobuf.descriptor_pb2 import FileDescriptorSet

from cli.openapi.document import openapi_document, written


def main(descriptors: str, out: str) -> None:
    contract = FileDescriptorSet.FromString(Path(descriptors).read_bytes())
    target = Path(out)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(written(openapi_document(contract)))


if __name__ == "__main__":
    main(*sys.argv[1:])

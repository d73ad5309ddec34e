"""Who there is: the business, the people who work in it, its customers."""

from collections.abc import Sequence

from google.protobuf.field_mask_pb2 import FieldMask

from campotech.directory.v1 import directory_pb2, directory_pb2_grpc
from campotech.directory.v1.customer_pb2 import Customer
from campotech.directory.v1.member_pb2 import Member
from campotech.directory.v1.organization_pb2 import Organization
from campotech_client.connection import Connection, new_request_id
from campotech_client.listings import Listing, Page


class DirectoryClient:
    """Creates, reads and changes organisations, members and customers."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._stub = directory_pb2_grpc.DirectoryServiceStub(connection.channel)

    async def create_organization(
        self,
        organization: Organization,
        *,
        request_id: str | None = None,
        timeout_seconds: float | None = None,
    ) -> Organization:
        """Create a business; for the platform's admins.

        Raises InvalidInputError (INVALID_CUIT), AlreadyExistsError (WHATSAPP_NUMBER_TAKEN).
        """
        request = directory_pb2.CreateOrganizationRequest(
            organization=organization, request_id=request_id or new_request_id()
        )
        response = await self._connection.call(
            self._stub.CreateOrganization, request, timeout_seconds=timeout_seconds
        )
        return response.organization

    async def get_organization(
        self, name: str, *, timeout_seconds: float | None = None
    ) -> Organization:
        """Return one business.

        Raises NotFoundError (ORGANIZATION_NOT_FOUND).
        """
        request = directory_pb2.GetOrganizationRequest(name=name)
        response = await self._connection.call(
            self._stub.GetOrganization, request, timeout_seconds=timeout_seconds
        )
        return response.organization

    async def update_organization(
        self,
        organization: Organization,
        *,
        etag: str,
        fields: Sequence[str] = (),
        request_id: str | None = None,
        timeout_seconds: float | None = None,
    ) -> Organization:
        """Change the `fields` named, or else those that are set in `organization`.

        `etag` is that of what was read. For owners, and the platform's admins. Raises ConflictError
        (ETAG_MISMATCH), InvalidInputError (UPDATE_MASK_INVALID), PermissionDeniedError
        (WHATSAPP_NUMBER_UNPROVEN: owners connect another number with `connections`),
        AlreadyExistsError (WHATSAPP_NUMBER_TAKEN).
        """
        request = directory_pb2.UpdateOrganizationRequest(
            organization=organization,
            update_mask=FieldMask(paths=fields),
            etag=etag,
            request_id=request_id or new_request_id(),
        )
        response = await self._connection.call(
            self._stub.UpdateOrganization, request, timeout_seconds=timeout_seconds
        )
        return response.organization

    async def create_member(
        self,
        member: Member,
        *,
        parent: str = "",
        request_id: str | None = None,
        timeout_seconds: float | None = None,
    ) -> Member:
        """Create somebody who works in the business; for owners.

        Raises AlreadyExistsError (MEMBER_SUBJECT_TAKEN).
        """
        request = directory_pb2.CreateMemberRequest(
            parent=parent, member=member, request_id=request_id or new_request_id()
        )
        response = await self._connection.call(
            self._stub.CreateMember, request, timeout_seconds=timeout_seconds
        )
        return response.member

    async def get_member(self, name: str, *, timeout_seconds: float | None = None) -> Member:
        """Return one member.

        Raises NotFoundError (MEMBER_NOT_FOUND).
        """
        request = directory_pb2.GetMemberRequest(name=name)
        response = await self._connection.call(
            self._stub.GetMember, request, timeout_seconds=timeout_seconds
        )
        return response.member

    def list_members(
        self,
        *,
        parent: str = "",
        roles: Sequence["Member.Role.ValueType"] = (),
        show_ended: bool = False,
        page_size: int = 0,
        timeout_seconds: float | None = None,
    ) -> Listing[Member]:
        """List members with one of the roles (none: with any), the newest first."""

        async def fetch(page_token: str) -> Page[Member]:
            response = await self._connection.call(
                self._stub.ListMembers,
                directory_pb2.ListMembersRequest(
                    parent=parent,
                    roles=roles,
                    show_ended=show_ended,
                    page_size=page_size,
                    page_token=page_token,
                ),
                timeout_seconds=timeout_seconds,
            )
            return Page(response.members, response.next_page_token)

        return Listing(fetch)

    async def update_member(
        self,
        member: Member,
        *,
        etag: str,
        fields: Sequence[str] = (),
        request_id: str | None = None,
        timeout_seconds: float | None = None,
    ) -> Member:
        """Change the `fields` named, or else those that are set in `member`.

        `etag` is that of what was read. For owners. Raises ConflictError (ETAG_MISMATCH),
        InvalidInputError (UPDATE_MASK_INVALID, FIELD_IMMUTABLE), PreconditionError (LAST_OWNER,
        MEMBER_HAS_OPEN_JOBS).
        """
        request = directory_pb2.UpdateMemberRequest(
            member=member,
            update_mask=FieldMask(paths=fields),
            etag=etag,
            request_id=request_id or new_request_id(),
        )
        response = await self._connection.call(
            self._stub.UpdateMember, request, timeout_seconds=timeout_seconds
        )
        return response.member

    async def end_member(
        self,
        name: str,
        *,
        etag: str = "",
        request_id: str | None = None,
        timeout_seconds: float | None = None,
    ) -> Member:
        """Note that somebody has left the business; for owners.

        Their tokens are refused within seconds. Raises PreconditionError (LAST_OWNER,
        MEMBER_HAS_OPEN_JOBS, MEMBER_TRANSITION_REFUSED).
        """
        request = directory_pb2.EndMemberRequest(
            name=name, etag=etag, request_id=request_id or new_request_id()
        )
        response = await self._connection.call(
            self._stub.EndMember, request, timeout_seconds=timeout_seconds
        )
        return response.member

    async def reactivate_member(
        self,
        name: str,
        *,
        etag: str = "",
        request_id: str | None = None,
        timeout_seconds: float | None = None,
    ) -> Member:
        """Take somebody back who had left; for owners.

        Raises PreconditionError (MEMBER_TRANSITION_REFUSED).
        """
        request = directory_pb2.ReactivateMemberRequest(
            name=name, etag=etag, request_id=request_id or new_request_id()
        )
        response = await self._connection.call(
            self._stub.ReactivateMember, request, timeout_seconds=timeout_seconds
        )
        return response.member

    async def create_customer(
        self,
        customer: Customer,
        *,
        parent: str = "",
        request_id: str | None = None,
        timeout_seconds: float | None = None,
    ) -> Customer:
        """Create somebody for whom the business works.

        Raises InvalidInputError: INVALID_CUIT for a wrong check digit, CUIT_REQUIRED where the
        customer's invoices need a CUIT.
        """
        request = directory_pb2.CreateCustomerRequest(
            parent=parent, customer=customer, request_id=request_id or new_request_id()
        )
        response = await self._connection.call(
            self._stub.CreateCustomer, request, timeout_seconds=timeout_seconds
        )
        return response.customer

    async def get_customer(self, name: str, *, timeout_seconds: float | None = None) -> Customer:
        """Return one customer.

        Raises NotFoundError (CUSTOMER_NOT_FOUND).
        """
        request = directory_pb2.GetCustomerRequest(name=name)
        response = await self._connection.call(
            self._stub.GetCustomer, request, timeout_seconds=timeout_seconds
        )
        return response.customer

    def list_customers(
        self,
        *,
        parent: str = "",
        query: str = "",
        page_size: int = 0,
        timeout_seconds: float | None = None,
    ) -> Listing[Customer]:
        """List customers, the newest first.

        With a `query` those who are found by the words of name, e-mail or address, or by a part of
        phone number or document; if there are none, those most alike, the closest first.
        """

        async def fetch(page_token: str) -> Page[Customer]:
            response = await self._connection.call(
                self._stub.ListCustomers,
                directory_pb2.ListCustomersRequest(
                    parent=parent, query=query, page_size=page_size, page_token=page_token
                ),
                timeout_seconds=timeout_seconds,
            )
            return Page(response.customers, response.next_page_token)

        return Listing(fetch)

    async def update_customer(
        self,
        customer: Customer,
        *,
        etag: str,
        fields: Sequence[str] = (),
        request_id: str | None = None,
        timeout_seconds: float | None = None,
    ) -> Customer:
        """Change the `fields` named, or else those that are set in `customer`.

        `etag` is that of what was read. For owners and dispatchers. Raises ConflictError
        (ETAG_MISMATCH), InvalidInputError (UPDATE_MASK_INVALID, INVALID_CUIT, CUIT_REQUIRED).
        """
        request = directory_pb2.UpdateCustomerRequest(
            customer=customer,
            update_mask=FieldMask(paths=fields),
            etag=etag,
            request_id=request_id or new_request_id(),
        )
        response = await self._connection.call(
            self._stub.UpdateCustomer, request, timeout_seconds=timeout_seconds
        )
        return response.customer

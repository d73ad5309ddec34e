"""Who there is: the business, the people who work in it, its customers."""

from campotech.directory.v1 import directory_pb2, directory_pb2_grpc
from campotech.directory.v1.customer_pb2 import Customer
from campotech.directory.v1.member_pb2 import Member
from campotech.directory.v1.organization_pb2 import Organization
from campotech_client.connection import Connection, new_request_id
from campotech_client.listings import Listing, Page


class DirectoryClient:
    """Creates and reads organisations, members and customers."""

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
        self, *, parent: str = "", page_size: int = 0, timeout_seconds: float | None = None
    ) -> Listing[Member]:
        """List members, the newest first."""

        async def fetch(page_token: str) -> Page[Member]:
            response = await self._connection.call(
                self._stub.ListMembers,
                directory_pb2.ListMembersRequest(
                    parent=parent, page_size=page_size, page_token=page_token
                ),
                timeout_seconds=timeout_seconds,
            )
            return Page(response.members, response.next_page_token)

        return Listing(fetch)

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
        self, *, parent: str = "", page_size: int = 0, timeout_seconds: float | None = None
    ) -> Listing[Customer]:
        """List customers, the newest first."""

        async def fetch(page_token: str) -> Page[Customer]:
            response = await self._connection.call(
                self._stub.ListCustomers,
                directory_pb2.ListCustomersRequest(
                    parent=parent, page_size=page_size, page_token=page_token
                ),
                timeout_seconds=timeout_seconds,
            )
            return Page(response.customers, response.next_page_token)

        return Listing(fetch)

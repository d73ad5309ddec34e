"""DirectoryService: parse, call the use case, print the answer."""

from campotech.directory.v1 import directory_pb2, directory_pb2_grpc
from domain.clock import Clock
from domain.directory.ports import DirectoryStore, MemberFilter
from domain.directory.use_cases.create_customer import CreateCustomer, create_customer
from domain.directory.use_cases.create_member import CreateMember, create_member
from domain.directory.use_cases.create_organization import CreateOrganization, create_organization
from domain.directory.use_cases.end_member import EndMember, end_member
from domain.directory.use_cases.reactivate_member import ReactivateMember, reactivate_member
from domain.directory.use_cases.update_customer import UpdateCustomer, update_customer
from domain.directory.use_cases.update_member import UpdateMember, update_member
from domain.directory.use_cases.update_organization import UpdateOrganization, update_organization
from domain.identifiers import IdSource
from server.addresses import address_from_proto
from server.caller import command_context, current_caller
from server.calls import ServicerContext
from server.etags import parse_etag
from server.pagination import next_page_token, parse_page
from server.resource_names import CUSTOMERS, MEMBERS, parse_organization, parse_parent
from server.services.directory_changes import (
    customer_changes_from_proto,
    member_changes_from_proto,
    organization_changes_from_proto,
)
from server.services.directory_messages import (
    RECEPTORES_BY_NUMBER,
    customer_to_proto,
    document_from_proto,
    fiscal_profile_from_proto,
    member_to_proto,
    organization_to_proto,
    roles_from_proto,
)


class DirectoryService(directory_pb2_grpc.DirectoryServiceServicer):
    """The caller's organisation, its members and its customers."""

    def __init__(self, directory: DirectoryStore, clock: Clock, ids: IdSource) -> None:
        self._directory = directory
        self._clock = clock
        self._ids = ids

    async def CreateOrganization(
        self, request: directory_pb2.CreateOrganizationRequest, context: ServicerContext
    ) -> directory_pb2.CreateOrganizationResponse:
        wanted = request.organization
        has_profile = wanted.HasField("fiscal_profile")
        organization = await create_organization(
            self._directory,
            self._ids,
            context=command_context(request.request_id),
            command=CreateOrganization(
                display_name=wanted.display_name,
                fiscal_profile=fiscal_profile_from_proto(wanted.fiscal_profile)
                if has_profile
                else None,
                whatsapp_phone_number_id=wanted.whatsapp_phone_number_id,
            ),
        )
        return directory_pb2.CreateOrganizationResponse(
            organization=organization_to_proto(organization)
        )

    async def GetOrganization(
        self, request: directory_pb2.GetOrganizationRequest, context: ServicerContext
    ) -> directory_pb2.GetOrganizationResponse:
        organization_id = parse_organization(request.name, current_caller())
        organization = await self._directory.organization(organization_id)
        return directory_pb2.GetOrganizationResponse(
            organization=organization_to_proto(organization)
        )

    async def UpdateOrganization(
        self, request: directory_pb2.UpdateOrganizationRequest, context: ServicerContext
    ) -> directory_pb2.UpdateOrganizationResponse:
        organization_id = parse_organization(
            request.organization.name, current_caller(), "organization.name"
        )
        organization = await update_organization(
            self._directory,
            self._clock,
            context=command_context(request.request_id, organization_id=organization_id),
            command=UpdateOrganization(
                changes=organization_changes_from_proto(request),
                expected_version=parse_etag(request.etag),
            ),
        )
        return directory_pb2.UpdateOrganizationResponse(
            organization=organization_to_proto(organization)
        )

    async def CreateMember(
        self, request: directory_pb2.CreateMemberRequest, context: ServicerContext
    ) -> directory_pb2.CreateMemberResponse:
        parse_parent(request.parent, within=current_caller().organization_id)
        wanted = request.member
        member = await create_member(
            self._directory,
            self._ids,
            context=command_context(request.request_id),
            command=CreateMember(
                display_name=wanted.display_name,
                roles=roles_from_proto(wanted),
                email=wanted.email,
                phone_number=wanted.phone_number,
                subject=wanted.subject,
            ),
        )
        return directory_pb2.CreateMemberResponse(member=member_to_proto(member))

    async def GetMember(
        self, request: directory_pb2.GetMemberRequest, context: ServicerContext
    ) -> directory_pb2.GetMemberResponse:
        organization_id = current_caller().organization_id
        member_id = MEMBERS.parse(request.name, within=organization_id)
        member = await self._directory.member(organization_id, member_id)
        return directory_pb2.GetMemberResponse(member=member_to_proto(member))

    async def ListMembers(
        self, request: directory_pb2.ListMembersRequest, context: ServicerContext
    ) -> directory_pb2.ListMembersResponse:
        organization_id = parse_parent(request.parent, within=current_caller().organization_id)
        page = await self._directory.members(
            organization_id,
            MemberFilter(roles=roles_from_proto(request), includes_ended=request.show_ended),
            parse_page(request, organization_id),
        )
        return directory_pb2.ListMembersResponse(
            members=map(member_to_proto, page.items),
            next_page_token=next_page_token(request, organization_id, page.next_after),
        )

    async def UpdateMember(
        self, request: directory_pb2.UpdateMemberRequest, context: ServicerContext
    ) -> directory_pb2.UpdateMemberResponse:
        organization_id = current_caller().organization_id
        member = await update_member(
            self._directory,
            self._clock,
            context=command_context(request.request_id),
            command=UpdateMember(
                member_id=MEMBERS.parse(
                    request.member.name, within=organization_id, field="member.name"
                ),
                changes=member_changes_from_proto(request),
                expected_version=parse_etag(request.etag),
            ),
        )
        return directory_pb2.UpdateMemberResponse(member=member_to_proto(member))

    async def EndMember(
        self, request: directory_pb2.EndMemberRequest, context: ServicerContext
    ) -> directory_pb2.EndMemberResponse:
        member = await end_member(
            self._directory,
            self._clock,
            context=command_context(request.request_id),
            command=EndMember(
                member_id=MEMBERS.parse(request.name, within=current_caller().organization_id),
                expected_version=parse_etag(request.etag),
            ),
        )
        return directory_pb2.EndMemberResponse(member=member_to_proto(member))

    async def ReactivateMember(
        self, request: directory_pb2.ReactivateMemberRequest, context: ServicerContext
    ) -> directory_pb2.ReactivateMemberResponse:
        member = await reactivate_member(
            self._directory,
            self._clock,
            context=command_context(request.request_id),
            command=ReactivateMember(
                member_id=MEMBERS.parse(request.name, within=current_caller().organization_id),
                expected_version=parse_etag(request.etag),
            ),
        )
        return directory_pb2.ReactivateMemberResponse(member=member_to_proto(member))

    async def CreateCustomer(
        self, request: directory_pb2.CreateCustomerRequest, context: ServicerContext
    ) -> directory_pb2.CreateCustomerResponse:
        parse_parent(request.parent, within=current_caller().organization_id)
        wanted = request.customer
        customer = await create_customer(
            self._directory,
            self._ids,
            context=command_context(request.request_id),
            command=CreateCustomer(
                display_name=wanted.display_name,
                phone_number=wanted.phone_number,
                email=wanted.email,
                document=document_from_proto(wanted.document)
                if wanted.HasField("document")
                else None,
                condicion_iva=RECEPTORES_BY_NUMBER[wanted.condicion_iva_receptor],
                address=address_from_proto(wanted.address) if wanted.HasField("address") else None,
            ),
        )
        return directory_pb2.CreateCustomerResponse(customer=customer_to_proto(customer))

    async def GetCustomer(
        self, request: directory_pb2.GetCustomerRequest, context: ServicerContext
    ) -> directory_pb2.GetCustomerResponse:
        organization_id = current_caller().organization_id
        customer_id = CUSTOMERS.parse(request.name, within=organization_id)
        customer = await self._directory.customer(organization_id, customer_id)
        return directory_pb2.GetCustomerResponse(customer=customer_to_proto(customer))

    async def ListCustomers(
        self, request: directory_pb2.ListCustomersRequest, context: ServicerContext
    ) -> directory_pb2.ListCustomersResponse:
        organization_id = parse_parent(request.parent, within=current_caller().organization_id)
        wanted = parse_page(request, organization_id)
        if request.query:
            page = await self._directory.customers_like(organization_id, request.query, wanted)
        else:
            page = await self._directory.customers(organization_id, wanted)
        return directory_pb2.ListCustomersResponse(
            customers=map(customer_to_proto, page.items),
            next_page_token=next_page_token(request, organization_id, page.next_after),
        )

    async def UpdateCustomer(
        self, request: directory_pb2.UpdateCustomerRequest, context: ServicerContext
    ) -> directory_pb2.UpdateCustomerResponse:
        organization_id = current_caller().organization_id
        customer = await update_customer(
            self._directory,
            self._clock,
            context=command_context(request.request_id),
            command=UpdateCustomer(
                customer_id=CUSTOMERS.parse(
                    request.customer.name, within=organization_id, field="customer.name"
                ),
                changes=customer_changes_from_proto(request),
                expected_version=parse_etag(request.etag),
            ),
        )
        return directory_pb2.UpdateCustomerResponse(customer=customer_to_proto(customer))

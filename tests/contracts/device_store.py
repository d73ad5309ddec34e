"""What every DeviceStore owes: one device per installation, numberings, isolation."""

from abc import ABC, abstractmethod
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from adapters.clock import Uuid7Source
from domain.commands import CommandContext, RequestIdReusedError, Role
from domain.errors import NotFoundError, PermissionDeniedError
from domain.identifiers import DeviceId, MemberId, OrganizationId, RequestId
from domain.tracking.device import (
    Device,
    InstallationTakenError,
    InstallEpochPastError,
    InstallEpochUnknownError,
    Platform,
)
from domain.tracking.ports import DeviceStore
from domain.tracking.use_cases.register_device import RegisterDevice, register_device
from tests.support.builders import a_context, an_actor
from tests.support.clocks import new_id
from tests.support.tracking_builders import EPOCH


def a_registration(**particular: object) -> RegisterDevice:
    values = {
        "device_label": "Moto G de Juana",
        "platform": Platform.ANDROID,
        "installation_id": uuid4(),
        "install_epoch": EPOCH,
        **particular,
    }
    return RegisterDevice(**values)  # type: ignore[arg-type]  # a test names what it changes


def as_technician(
    organization_id: OrganizationId, technician_id: MemberId, **particular: object
) -> CommandContext:
    actor = an_actor(Role.TECHNICIAN, member_id=technician_id)
    return a_context(organization_id, actor=actor, **particular)


class DeviceStoreContract(ABC):
    """Subclasses give a store and the technicians whose phones it knows."""

    store: DeviceStore

    @abstractmethod
    async def a_technician(self) -> tuple[OrganizationId, MemberId]:
        """Return a technician of a new organisation."""

    @abstractmethod
    async def a_colleague(self, organization_id: OrganizationId) -> MemberId:
        """Return another technician of the organisation."""

    async def registered(
        self,
        organization_id: OrganizationId,
        technician_id: MemberId,
        command: RegisterDevice,
        **particular: object,
    ) -> Device:
        context = as_technician(organization_id, technician_id, **particular)
        return await register_device(self.store, Uuid7Source(), context=context, command=command)

    async def test_a_registered_device_comes_back_as_it_was(self) -> None:
        organization_id, technician_id = await self.a_technician()

        device = await self.registered(organization_id, technician_id, a_registration())

        assert device.technician_id == technician_id
        assert await self.store.get(organization_id, device.id) == device

    async def test_the_same_installation_is_always_the_same_device(self) -> None:
        organization_id, technician_id = await self.a_technician()
        command = a_registration()
        first = await self.registered(organization_id, technician_id, command)

        again = await self.registered(organization_id, technician_id, command)

        assert again == first

    async def test_a_new_numbering_is_known_beside_the_old_one(self) -> None:
        organization_id, technician_id = await self.a_technician()
        command = a_registration()
        first = await self.registered(organization_id, technician_id, command)

        newer = replace(command, install_epoch=EPOCH + 1)
        device = await self.registered(organization_id, technician_id, newer)

        installs = [
            await self.store.install(
                organization_id, technician_id, device_id=first.id, install_epoch=epoch
            )
            for epoch in (EPOCH, EPOCH + 1)
        ]
        assert (device.id, device.version) == (first.id, 2)
        assert installs[0].number != installs[1].number
        assert [install.acked for install in installs] == [(), ()]

    async def test_an_older_numbering_cannot_be_registered(self) -> None:
        organization_id, technician_id = await self.a_technician()
        command = a_registration()
        await self.registered(organization_id, technician_id, command)

        with pytest.raises(InstallEpochPastError):
            await self.registered(
                organization_id, technician_id, replace(command, install_epoch=EPOCH - 1)
            )

    async def test_an_installation_belongs_to_one_technician(self) -> None:
        organization_id, technician_id = await self.a_technician()
        colleague_id = await self.a_colleague(organization_id)
        command = a_registration()
        await self.registered(organization_id, technician_id, command)

        with pytest.raises(InstallationTakenError):
            await self.registered(organization_id, colleague_id, command)

    async def test_organisations_share_no_installations(self) -> None:
        command = a_registration()
        first = await self.registered(*await self.a_technician(), command)

        second = await self.registered(*await self.a_technician(), command)

        assert second.id != first.id

    async def test_somebody_who_is_no_member_has_no_phone(self) -> None:
        organization_id, _ = await self.a_technician()

        with pytest.raises(PermissionDeniedError):
            await self.registered(organization_id, MemberId(new_id()), a_registration())

    async def test_a_request_id_names_one_registration(self) -> None:
        organization_id, technician_id = await self.a_technician()
        command, request_id = a_registration(), RequestId(uuid4())
        first = await self.registered(
            organization_id, technician_id, command, request_id=request_id
        )

        again = await self.registered(
            organization_id, technician_id, command, request_id=request_id
        )
        with pytest.raises(RequestIdReusedError):
            await self.registered(
                organization_id,
                technician_id,
                replace(command, device_label="Otro"),
                request_id=request_id,
            )

        assert again == first

    async def test_only_its_own_technician_finds_a_device(self) -> None:
        organization_id, technician_id = await self.a_technician()
        colleague_id = await self.a_colleague(organization_id)
        stranger_organization_id, stranger_id = await self.a_technician()
        device = await self.registered(organization_id, technician_id, a_registration())

        for organization, technician in (
            (organization_id, colleague_id),
            (stranger_organization_id, stranger_id),
            (stranger_organization_id, technician_id),
        ):
            with pytest.raises(NotFoundError) as refusal:
                await self.store.install(
                    organization, technician, device_id=device.id, install_epoch=EPOCH
                )
            assert refusal.value.reason == "DEVICE_NOT_FOUND"

    async def test_a_numbering_that_was_never_registered_is_unknown(self) -> None:
        organization_id, technician_id = await self.a_technician()
        device = await self.registered(organization_id, technician_id, a_registration())

        with pytest.raises(InstallEpochUnknownError):
            await self.store.install(
                organization_id, technician_id, device_id=device.id, install_epoch=EPOCH + 1
            )

    async def test_a_device_that_was_never_registered_does_not_exist(self) -> None:
        organization_id, _ = await self.a_technician()

        with pytest.raises(NotFoundError):
            await self.store.get(organization_id, DeviceId(new_id()))

    async def test_a_new_label_is_a_new_version(self) -> None:
        organization_id, technician_id = await self.a_technician()
        command = a_registration()
        first = await self.registered(organization_id, technician_id, command)

        renamed = await self.registered(
            organization_id, technician_id, replace(command, device_label="Moto nueva")
        )

        assert renamed.version == first.version + 1
        assert renamed.updated_at - first.updated_at < timedelta(minutes=1)
        assert (await self.store.get(organization_id, first.id)).device_label == "Moto nueva"

/*
 * The firmware's memory map: what the claims meet there, and room for what is handed over. UEFI 2.10,
 * sections 7.2 and 2.3.6.
 */
#include "core/boot/efi.h"

#define MAP_GROWTH 64u		       /* descriptors that may be added while we are here */
#define SPECIAL_PURPOSE ((u64)1 << 18) /* EFI_MEMORY_SP: kept for a purpose of its own */
#define RESERVED_MAX 256u	       /* ranges that a device tree reserves */

static const char *const type_names[] = {
	"EfiReservedMemoryType",
	"EfiLoaderCode",
	"EfiLoaderData",
	"EfiBootServicesCode",
	"EfiBootServicesData",
	"EfiRuntimeServicesCode",
	"EfiRuntimeServicesData",
	"EfiConventionalMemory",
	"EfiUnusableMemory",
	"EfiACPIReclaimMemory",
	"EfiACPIMemoryNVS",
	"EfiMemoryMappedIO",
	"EfiMemoryMappedIOPortSpace",
	"EfiPalCode",
	"EfiPersistentMemory",
	"EfiUnacceptedMemoryType",
};

static const char *name_of(const EFI_MEMORY_DESCRIPTOR *d)
{
	if (d->Type >= ARRAY_SIZE(type_names))
		return "memory of a type that is the firmware's own";
	return type_names[d->Type];
}

/* An image maps its memory write-back: what cannot be mapped so is as good as taken. */
static enum room_use use_of(const EFI_MEMORY_DESCRIPTOR *d)
{
	if (!(d->Attribute & EFI_MEMORY_WB) ||
	    d->Attribute & (EFI_MEMORY_RUNTIME | SPECIAL_PURPOSE))
		return ROOM_TAKEN;
	switch (d->Type) {
	case EfiConventionalMemory:
		return ROOM_FREE;
	case EfiLoaderCode:
	case EfiLoaderData:
	case EfiBootServicesCode:
	case EfiBootServicesData:
		return ROOM_LATER;
	default:
		return ROOM_TAKEN;
	}
}

/* Space for the maps to come and for their ranges. Later maps have about as many descriptors. */
static EFI_STATUS prepare(struct efi_boot *boot)
{
	UINTN size = 0;

	BS->GetMemoryMap(&size, NULL, &boot->map_key, &boot->descriptor_size,
			 &boot->descriptor_version);
	if (boot->descriptor_size < sizeof(EFI_MEMORY_DESCRIPTOR) ||
	    boot->descriptor_size > ROOM_PAGE || boot->descriptor_size % sizeof(u64) ||
	    size > MIB(16))
		return EFI_DEVICE_ERROR;
	boot->map_max = size + MAP_GROWTH * boot->descriptor_size;
	boot->room.max = (u32)(boot->map_max / boot->descriptor_size) + RESERVED_MAX +
			 IMAGE_CLAIM_MAX;
	boot->first_map = AllocatePool(boot->map_max);
	boot->room.range = AllocatePool(boot->room.max * sizeof(*boot->room.range));
	boot->map = boot->first_map;
	return boot->map && boot->room.range ? EFI_SUCCESS : EFI_OUT_OF_RESOURCES;
}

static EFI_STATUS read_map(struct efi_boot *boot)
{
	UINTN descriptor_size;
	EFI_STATUS status;

	boot->map_size = boot->map_max;
	status = BS->GetMemoryMap(&boot->map_size, boot->map, &boot->map_key, &descriptor_size,
				  &boot->descriptor_version);
	if (!EFI_ERROR(status) && descriptor_size != boot->descriptor_size)
		return EFI_DEVICE_ERROR;
	return status;
}

/* The map's ranges, and the tree's. */
static EFI_STATUS fill_room(struct efi_boot *boot)
{
	UINTN step = boot->descriptor_size;

	boot->room.count = 0;
	for (UINTN at = 0; at + step <= boot->map_size; at += step) {
		const EFI_MEMORY_DESCRIPTOR *d = (const void *)((const u8 *)boot->map + at);

		if (!room_add(&boot->room, d->PhysicalStart, room_bytes(d->NumberOfPages),
			      use_of(d), name_of(d)))
			return EFI_BUFFER_TOO_SMALL;
	}
	return boot->firmware_tree ? efi_tree_reserve(boot->firmware_tree, &boot->room)
				   : EFI_SUCCESS;
}

static void say_conflict(const struct room_range *found, void *context)
{
	const struct plan_range *wanted = context;

	Print(L"bulkhead: plan wants memory 0x%lx-0x%lx, machine has 0x%lx-0x%lx %a%a\n",
	      wanted->base, wanted->base + wanted->size - 1, found->base, found->end - 1,
	      found->use == ROOM_RESERVED ? "reserved by the device tree, " : "",
	      found->name ? found->name : "nothing there");
}

static void compare(struct efi_boot *boot)
{
	const struct plan_claim *claim = efi_image_claims(boot->image);
	u32 count = efi_image_header(boot->image)->claim_count;

	boot->conflicts = 0;
	for (u32 i = 0; i < count; i++) {
		struct plan_range wanted = {claim[i].base, claim[i].size};

		boot->conflicts += room_conflicts(&boot->room, wanted.base,
						  wanted.base + wanted.size, say_conflict, &wanted);
	}
}

EFI_STATUS efi_memory_check(struct efi_boot *boot)
{
	EFI_STATUS status = boot->map ? EFI_SUCCESS : prepare(boot);

	if (!EFI_ERROR(status))
		status = read_map(boot);
	if (!EFI_ERROR(status))
		status = fill_room(boot);
	if (EFI_ERROR(status))
		Print(L"bulkhead: cannot tell which memory is free: %r (of %d ranges at most)\n",
		      status, boot->room.max);
	else
		compare(boot);
	return status;
}

static u64 pages(u64 bytes)
{
	return (bytes + ROOM_PAGE - 1) / ROOM_PAGE;
}

u64 efi_memory_staged_tree(const struct efi_boot *boot)
{
	return boot->staging + room_bytes(pages(boot->image_size) + pages(boot->map_max));
}

/* The claims count as taken; the next efi_memory_check forgets them. */
static EFI_STATUS find_staging(struct efi_boot *boot)
{
	const struct plan_claim *claim = efi_image_claims(boot->image);
	u64 wanted = room_bytes(boot->staging_pages);
	u64 largest = 0;
	bool fits = true;

	for (u32 i = 0; i < efi_image_header(boot->image)->claim_count; i++)
		fits = fits &&
		       room_add(&boot->room, claim[i].base, claim[i].size, ROOM_TAKEN, NULL);
	boot->staging = fits ? room_find(&boot->room, wanted, &largest) : 0;
	if (boot->staging)
		return EFI_SUCCESS;
	Print(L"bulkhead: no room to put the image down beside what the plan takes: it wants %ld "
	      L"KiB in one piece, the largest has %ld: leave more memory out of the plan\n",
	      wanted / KIB(1), largest / KIB(1));
	return EFI_OUT_OF_RESOURCES;
}

EFI_STATUS efi_memory_stage(struct efi_boot *boot)
{
	EFI_STATUS status;

	boot->staging_pages = pages(boot->image_size) + pages(boot->map_max) +
			      pages(boot->tree_size);
	status = find_staging(boot);
	if (EFI_ERROR(status))
		return status;
	/* Code: the image's own check runs there. */
	status = BS->AllocatePages(AllocateAddress, EfiLoaderCode, boot->staging_pages,
				   &boot->staging);
	if (EFI_ERROR(status)) {
		Print(L"bulkhead: the firmware does not give the %ld pages at 0x%lx: %r\n",
		      boot->staging_pages, boot->staging, status);
		boot->staging = 0;
		return status;
	}
	CopyMem((void *)boot->staging, (void *)(u64)boot->image, boot->image_size);
	CopyMem((void *)efi_memory_staged_tree(boot), boot->tree, boot->tree_size);
	boot->map = (void *)(boot->staging + room_bytes(pages(boot->image_size)));
	return EFI_SUCCESS;
}

/*
 * The UEFI loader: checks a boot image against this machine, puts it where it may stand, leaves the
 * firmware and enters it. Nothing is written to memory that the image claims, and until the firmware
 * is left everything can be given back.
 */
#include "core/boot/efi.h"

#define EXIT_TRIES 8

EFI_STATUS efi_main(EFI_HANDLE self, EFI_SYSTEM_TABLE *system);

static EFI_STATUS check_cpu(struct efi_boot *boot)
{
	const char *misfit = efi_arch_misfit();

	(void)boot;
	if (!misfit)
		return EFI_SUCCESS;
	Print(L"bulkhead: %a\n", misfit);
	return EFI_UNSUPPORTED;
}

static EFI_STATUS check_image(struct efi_boot *boot)
{
	const struct image_header *header = efi_image_header(boot->image);

	switch (efi_image_check(boot->image, boot->image_size)) {
	case EFI_IMAGE_SOUND:
		Print(L"bulkhead: image %a, %ld bytes\n", header->name, boot->image_size);
		return EFI_SUCCESS;
	case EFI_IMAGE_LENGTH:
		Print(L"bulkhead: the image is truncated or was added to: %ld bytes are there, "
		      L"its header wants %ld: copy it again\n",
		      boot->image_size, header->file_size);
		return EFI_END_OF_FILE;
	case EFI_IMAGE_CRC:
		Print(L"bulkhead: the image is damaged: its checksum is not 0x%08x: copy it again\n",
		      header->crc32);
		return EFI_CRC_ERROR;
	case EFI_IMAGE_CLAIMS:
		Print(L"bulkhead: the image says wrong things of itself: build it again\n");
		return EFI_LOAD_ERROR;
	case EFI_IMAGE_FOREIGN:
	default:
		Print(L"bulkhead: this is no boot image: its header is not there\n");
		return EFI_LOAD_ERROR;
	}
}

static void say_misfit(void *context, const char *line)
{
	(void)context;
	Print(L"bulkhead: %a\n", line);
}

/* The staged image's own look at the machine. */
static u32 ask_image(const struct efi_boot *boot)
{
	u32 offset = efi_image_header(boot->image)->check_offset;
	image_check_fn *check = (image_check_fn *)(boot->staging + offset);

	if (offset == 0)
		return 0;
	efi_arch_fetchable(boot->staging, boot->staging + boot->image_size);
	return check((const void *)efi_memory_staged_tree(boot), boot->tree_size, say_misfit, NULL);
}

/* All that does not fit has been said by now. */
static EFI_STATUS check_machine(struct efi_boot *boot)
{
	u32 misfits = boot->conflicts + ask_image(boot);

	if (misfits == 0)
		return EFI_SUCCESS;
	Print(L"bulkhead: this machine does not fit the plan %a: %d differences\n",
	      efi_image_header(boot->image)->name, misfits);
	return EFI_UNSUPPORTED;
}

static _Noreturn void enter(const struct efi_boot *boot)
{
	u64 tree = efi_memory_staged_tree(boot);

	efi_tree_finish(boot, (void *)tree);
	efi_arch_enter(boot->staging, tree, boot->staging,
		       boot->staging + room_bytes(boot->staging_pages));
}

/*
 * The map may change while we leave: the firmware's last events allocate. Once an exit has failed
 * firmware may be half gone (UEFI 2.10, 7.4.6): there is no way back then but a reset.
 */
static EFI_STATUS leave(struct efi_boot *boot)
{
	EFI_STATUS status = EFI_SUCCESS;
	u32 tries = 0;

	Print(L"bulkhead: leaving the firmware for 0x%lx\n", boot->staging);
	while (!EFI_ERROR(status) && tries < EXIT_TRIES) {
		status = efi_memory_check(boot);
		if (!EFI_ERROR(status) && boot->conflicts)
			status = EFI_OUT_OF_RESOURCES;
		if (EFI_ERROR(status))
			break;
		tries++;
		if (!EFI_ERROR(BS->ExitBootServices(boot->self, boot->map_key)))
			enter(boot);
	}
	if (tries == 0)
		return status;
	Print(L"bulkhead: the firmware does not let go after %d tries: resetting\n", tries);
	RT->ResetSystem(EfiResetCold, EFI_ABORTED, 0, NULL);
	return EFI_ABORTED;
}

static void give_back(struct efi_boot *boot)
{
	if (boot->staging)
		BS->FreePages(boot->staging, boot->staging_pages);
	if (boot->file)
		BS->FreePages(boot->file, boot->file_pages);
	if (boot->room.range)
		FreePool(boot->room.range);
	if (boot->first_map)
		FreePool(boot->first_map);
	if (boot->tree)
		FreePool(boot->tree);
}

EFI_STATUS efi_main(EFI_HANDLE self, EFI_SYSTEM_TABLE *system)
{
	static EFI_STATUS (*const steps[])(struct efi_boot *) = {
		check_cpu,     efi_file_load,	 check_image,	efi_tree_find, efi_memory_check,
		efi_tree_copy, efi_memory_stage, check_machine, leave,
	};
	struct efi_boot boot = {.self = self};
	EFI_STATUS status = EFI_SUCCESS;

	InitializeLib(self, system);
	for (u32 i = 0; i < ARRAY_SIZE(steps) && !EFI_ERROR(status); i++)
		status = steps[i](&boot);
	give_back(&boot);
	return status;
}

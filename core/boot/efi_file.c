/*
 * Where the image comes from: out of this application, or a file in the folder that this application
 * was loaded from.
 */
#include "core/boot/efi.h"

#define FILE_NAME L"bulkhead.img"
#define PATH_MAX 512u		  /* characters, the terminating 0 included */
#define READ_MAX ((UINTN)1 << 20) /* some firmware fails at large reads */

/* efi_payload.S; 0 bytes: there is no image inside. */
extern const u8 efi_payload[];
extern const u64 efi_payload_size;

/* The file's path: our own, up to the last separator, and its name. False: it is too long. */
static bool path_beside(const EFI_LOADED_IMAGE *self, CHAR16 *path)
{
	CHAR16 *own = self->FilePath ? DevicePathToStr(self->FilePath) : NULL;
	u32 length = 0;
	bool fits = true;

	for (u32 i = 0; own && own[i] && fits; i++) {
		fits = i < PATH_MAX - ARRAY_SIZE(FILE_NAME);
		if (fits)
			path[i] = own[i] == L'/' ? L'\\' : own[i];
		if (fits && path[i] == L'\\')
			length = i + 1;
	}
	if (length == 0)
		path[length++] = L'\\';
	StrCpy(path + length, FILE_NAME);
	if (own)
		FreePool(own);
	return fits;
}

/* The bytes that are there may be fewer than the file system said: image_size tells. */
static EFI_STATUS read_all(struct efi_boot *boot, EFI_FILE_HANDLE file, u64 size)
{
	EFI_STATUS status;
	UINTN part;

	boot->file_pages = (size + ROOM_PAGE - 1) / ROOM_PAGE;
	status = BS->AllocatePages(AllocateAnyPages, EfiLoaderData, boot->file_pages, &boot->file);
	if (EFI_ERROR(status)) {
		boot->file = 0;
		return status;
	}
	boot->image = (const u8 *)boot->file;
	do {
		part = size - boot->image_size < READ_MAX ? size - boot->image_size : READ_MAX;
		status = file->Read(file, &part, (u8 *)boot->file + boot->image_size);
		if (!EFI_ERROR(status))
			boot->image_size += part;
	} while (!EFI_ERROR(status) && part > 0 && boot->image_size < size);
	return status;
}

static EFI_STATUS read_file(struct efi_boot *boot, EFI_FILE_HANDLE file, const CHAR16 *path)
{
	EFI_FILE_INFO *info = LibFileInfo(file);
	u64 size = info ? info->FileSize : 0;
	EFI_STATUS status;

	if (info)
		FreePool(info);
	if (size < ROOM_PAGE || size > IMAGE_FILE_MAX) {
		Print(L"bulkhead: %s: it has %ld bytes, an image %d to %ld: put an image there\n",
		      path, size, ROOM_PAGE, IMAGE_FILE_MAX);
		return EFI_LOAD_ERROR;
	}
	status = read_all(boot, file, size);
	if (EFI_ERROR(status))
		Print(L"bulkhead: %s: cannot read its %ld bytes: %r\n", path, size, status);
	else
		Print(L"bulkhead: %s\n", path);
	return status;
}

EFI_STATUS efi_file_load(struct efi_boot *boot)
{
	EFI_LOADED_IMAGE *self = NULL;
	EFI_FILE_HANDLE root, file;
	CHAR16 path[PATH_MAX];
	EFI_STATUS status;

	boot->image = efi_payload;
	boot->image_size = efi_payload_size;
	if (boot->image_size > 0)
		return EFI_SUCCESS;
	status = BS->HandleProtocol(boot->self, &gEfiLoadedImageProtocolGuid, (void **)&self);
	if (EFI_ERROR(status) || !self->DeviceHandle || !path_beside(self, path))
		root = NULL;
	else
		root = LibOpenRoot(self->DeviceHandle);
	if (!root) {
		Print(L"bulkhead: no image inside of this application, and the firmware does not "
		      L"say where it was loaded from: use one with an image inside\n");
		return EFI_NOT_FOUND;
	}
	status = root->Open(root, &file, path, EFI_FILE_MODE_READ, 0);
	if (EFI_ERROR(status)) {
		Print(L"bulkhead: %s: %r: put the image there\n", path, status);
	} else {
		status = read_file(boot, file, path);
		file->Close(file);
	}
	root->Close(root);
	return status;
}

/* links: core/boot/efi_image.c core/crc32.c */
/*
 * A loader uses nothing of a file that is not a whole boot image: every header field that it will
 * rely on is bounded first.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/boot/efi_image.h"
#include "core/crc32.h"

#include <cmocka.h>

#define SIZE (3 * PLAN_PAGE)
#define CLAIMS PLAN_PAGE

static _Alignas(8) u8 bytes[SIZE];
static struct image_header *const header = (void *)(bytes + IMAGE_HEADER);
static struct plan_claim *const claims = (void *)(bytes + CLAIMS);

static int sound_image(void **state)
{
	(void)state;
	memset(bytes, 0x5a, sizeof(bytes));
	*header = (struct image_header){
		.magic = IMAGE_MAGIC,
		.file_size = SIZE,
		.claims_offset = CLAIMS,
		.claim_count = 2,
		.name = "test",
	};
	claims[0] = (struct plan_claim){0, 0x3000};
	claims[1] = (struct plan_claim){0x40000000, 0x1000};
	return 0;
}

static enum efi_image_fault check_sealed(u64 size)
{
	header->crc32 = 0;
	header->crc32 = crc32(0, bytes, SIZE);
	return efi_image_check(bytes, size);
}

static void a_sound_image_passes(void **state)
{
	(void)state;
	assert_int_equal(check_sealed(SIZE), EFI_IMAGE_SOUND);
	assert_ptr_equal(efi_image_claims(bytes), claims);
}

static void any_other_length_is_refused(void **state)
{
	(void)state;
	assert_int_equal(check_sealed(SIZE - PLAN_PAGE), EFI_IMAGE_LENGTH);
	header->file_size = SIZE - PLAN_PAGE;
	assert_int_equal(check_sealed(SIZE), EFI_IMAGE_LENGTH);
	assert_int_equal(check_sealed(IMAGE_HEADER + sizeof(*header) - 1), EFI_IMAGE_FOREIGN);
}

static void a_file_without_header_is_foreign(void **state)
{
	(void)state;
	header->magic++;
	assert_int_equal(check_sealed(SIZE), EFI_IMAGE_FOREIGN);
}

static void any_flipped_bit_is_found(void **state)
{
	(void)state;
	assert_int_equal(check_sealed(SIZE), EFI_IMAGE_SOUND);
	for (u32 i = 0; i < SIZE; i++) {
		bytes[i] ^= 0x10;
		assert_int_not_equal(efi_image_check(bytes, SIZE), EFI_IMAGE_SOUND);
		bytes[i] ^= 0x10;
	}
}

static void claims_lie_inside_of_the_file(void **state)
{
	static const struct {
		u32 offset, count;
	} wrong[] = {
		{CLAIMS, IMAGE_CLAIM_MAX + 1},
		{CLAIMS + 4, 2},
		{SIZE - 16, 2},
		{SIZE, 1},
		{0xfffffff8, 1},
		{0xfffffff0, 0xfffffff},
		{CLAIMS, 0x10000001},
	};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(wrong); i++) {
		header->claims_offset = wrong[i].offset;
		header->claim_count = wrong[i].count;
		assert_int_equal(check_sealed(SIZE), EFI_IMAGE_CLAIMS);
	}
}

static void more_claims_than_a_loader_takes_are_refused(void **state)
{
	(void)state;
	for (u32 i = 0; i <= IMAGE_CLAIM_MAX; i++)
		claims[i] = (struct plan_claim){i * 0x2000, 0x1000};
	header->claim_count = IMAGE_CLAIM_MAX + 1;
	assert_int_equal(check_sealed(SIZE), EFI_IMAGE_CLAIMS);
	header->claim_count = IMAGE_CLAIM_MAX;
	assert_int_equal(check_sealed(SIZE), EFI_IMAGE_SOUND);
}

static void an_image_may_claim_nothing(void **state)
{
	(void)state;
	header->claim_count = 0;
	assert_int_equal(check_sealed(SIZE), EFI_IMAGE_SOUND);
}

static void its_own_check_is_code_in_the_file(void **state)
{
	(void)state;
	header->check_offset = SIZE - 4;
	assert_int_equal(check_sealed(SIZE), EFI_IMAGE_SOUND);
	header->check_offset = IMAGE_HEADER;
	assert_int_equal(check_sealed(SIZE), EFI_IMAGE_CLAIMS);
	header->check_offset = SIZE;
	assert_int_equal(check_sealed(SIZE), EFI_IMAGE_CLAIMS);
	header->check_offset = 0xfffffffc;
	assert_int_equal(check_sealed(SIZE), EFI_IMAGE_CLAIMS);
	header->check_offset = 0x1002;
	assert_int_equal(check_sealed(SIZE), EFI_IMAGE_CLAIMS);
}

static void flags_of_a_later_version_are_refused(void **state)
{
	(void)state;
	header->flags = IMAGE_NEEDS_TREE;
	assert_int_equal(check_sealed(SIZE), EFI_IMAGE_SOUND);
	header->flags = 2;
	assert_int_equal(check_sealed(SIZE), EFI_IMAGE_CLAIMS);
}

static void claims_are_whole_pages_in_order(void **state)
{
	static const struct plan_claim wrong[][2] = {
		{{0x1000, 0x1000}, {0x1000, 0x1000}},
		{{0x1000, 0x2000}, {0x2000, 0x1000}},
		{{0x5000, 0x1000}, {0x1000, 0x1000}},
		{{0x1000, 0x1000}, {0x2000, 0x1000}},
		{{0x1000, 0x1000}, {0x5000, 0}},
		{{0x1000, 0x1000}, {0x5800, 0x1000}},
		{{0x1000, 0x1000}, {0x5000, 0x800}},
		{{0x1000, 0x1000}, {0x5000, -(u64)0x1000}},
		{{0x1000, -(u64)0x1000}, {0x5000, 0x1000}},
	};

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(wrong); i++) {
		memcpy(claims, wrong[i], sizeof(wrong[i]));
		assert_int_equal(check_sealed(SIZE), EFI_IMAGE_CLAIMS);
	}
}

static void a_name_ends(void **state)
{
	(void)state;
	memset(header->name, 'x', sizeof(header->name));
	assert_int_equal(check_sealed(SIZE), EFI_IMAGE_CLAIMS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_sound_image_passes, sound_image),
		cmocka_unit_test_setup(any_other_length_is_refused, sound_image),
		cmocka_unit_test_setup(a_file_without_header_is_foreign, sound_image),
		cmocka_unit_test_setup(any_flipped_bit_is_found, sound_image),
		cmocka_unit_test_setup(claims_lie_inside_of_the_file, sound_image),
		cmocka_unit_test_setup(more_claims_than_a_loader_takes_are_refused, sound_image),
		cmocka_unit_test_setup(an_image_may_claim_nothing, sound_image),
		cmocka_unit_test_setup(flags_of_a_later_version_are_refused, sound_image),
		cmocka_unit_test_setup(its_own_check_is_code_in_the_file, sound_image),
		cmocka_unit_test_setup(claims_are_whole_pages_in_order, sound_image),
		cmocka_unit_test_setup(a_name_ends, sound_image),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Reads the ELF image. Every offset in the file is bounded before use. See image.h. */
#include "tools/prove/image.h"

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/prove/finding.h"

static bool inside(const struct image *image, u64 offset, u64 size)
{
	return offset <= image->size && size <= image->size - offset;
}

static bool read_file(struct image *image, const char *path)
{
	FILE *file = fopen(path, "rb");
	long size;

	if (!file)
		return false;
	if (fseek(file, 0, SEEK_END) || (size = ftell(file)) < 0 || fseek(file, 0, SEEK_SET)) {
		fclose(file);
		return false;
	}
	image->size = (size_t)size;
	image->bytes = malloc(image->size + 1);
	if (!image->bytes || fread(image->bytes, 1, image->size, file) != image->size) {
		fclose(file);
		return false;
	}
	fclose(file);
	return true;
}

/* Copies, because nothing in a file promises alignment. */
static bool copy(const struct image *image, u64 offset, void *to, size_t size)
{
	if (!inside(image, offset, size))
		return false;
	memcpy(to, image->bytes + offset, size);
	return true;
}

static Elf64_Ehdr header(const struct image *image)
{
	Elf64_Ehdr ehdr;

	memcpy(&ehdr, image->bytes, sizeof(ehdr));
	return ehdr;
}

static bool program_header(const struct image *image, u32 index, Elf64_Phdr *phdr)
{
	Elf64_Ehdr ehdr = header(image);

	return index < ehdr.e_phnum &&
	       copy(image, ehdr.e_phoff + (u64)index * sizeof(*phdr), phdr, sizeof(*phdr));
}

static bool section_header(const struct image *image, u32 index, Elf64_Shdr *shdr)
{
	Elf64_Ehdr ehdr = header(image);

	return index < ehdr.e_shnum &&
	       copy(image, ehdr.e_shoff + (u64)index * sizeof(*shdr), shdr, sizeof(*shdr));
}

/* A string of a string table, or NULL where it does not end inside it. */
static const char *string(const struct image *image, u32 table, u64 offset)
{
	Elf64_Shdr shdr;

	if (!section_header(image, table, &shdr) || shdr.sh_type != SHT_STRTAB ||
	    !inside(image, shdr.sh_offset, shdr.sh_size) || offset >= shdr.sh_size)
		return NULL;
	if (!memchr(image->bytes + shdr.sh_offset + offset, 0, shdr.sh_size - offset))
		return NULL;
	return (const char *)image->bytes + shdr.sh_offset + offset;
}

static bool check_identification(const struct image *image, bool x86)
{
	Elf64_Ehdr ehdr;

	if (!copy(image, 0, &ehdr, sizeof(ehdr)) || memcmp(ehdr.e_ident, ELFMAG, SELFMAG) != 0) {
		finding("image", image->path, "not an ELF file");
		return false;
	}
	if (ehdr.e_ident[EI_CLASS] != ELFCLASS64 || ehdr.e_ident[EI_DATA] != ELFDATA2LSB ||
	    ehdr.e_machine != (x86 ? EM_X86_64 : EM_AARCH64) || ehdr.e_type != ET_EXEC) {
		finding("image", image->path, "not a little-endian %s executable",
			x86 ? "x86-64" : "aarch64");
		return false;
	}
	if (ehdr.e_phentsize != sizeof(Elf64_Phdr) || ehdr.e_shentsize != sizeof(Elf64_Shdr) ||
	    ehdr.e_phnum == 0 || ehdr.e_shnum == 0) {
		finding("image", image->path, "no program headers or no section headers");
		return false;
	}
	return true;
}

static bool overlap(u64 a, u64 a_size, u64 b, u64 b_size)
{
	return a_size && b_size && a < b + b_size && b < a + a_size;
}

static bool check_segment(const struct image *image, u32 index, const Elf64_Phdr *phdr)
{
	Elf64_Phdr other;

	if (phdr->p_type != PT_LOAD)
		return true;
	if (phdr->p_vaddr != phdr->p_paddr || phdr->p_filesz > phdr->p_memsz ||
	    phdr->p_memsz > ~(u64)0 - phdr->p_vaddr ||
	    !inside(image, phdr->p_offset, phdr->p_filesz)) {
		finding("image", text("program header %u", index),
			"virtual and physical address differ, or its bytes lie outside the file");
		return false;
	}
	for (u32 i = 0; i < index && program_header(image, i, &other); i++) {
		if (other.p_type == PT_LOAD &&
		    overlap(phdr->p_vaddr, phdr->p_memsz, other.p_vaddr, other.p_memsz)) {
			finding("image", text("program header %u", index),
				"overlaps program header %u", i);
			return false;
		}
	}
	return true;
}

bool image_open(struct image *image, const char *path, bool x86)
{
	Elf64_Phdr phdr;
	u32 index;

	image->path = path;
	if (!read_file(image, path)) {
		finding("image", path, "cannot be read");
		return false;
	}
	if (!check_identification(image, x86))
		return false;
	for (index = 0; program_header(image, index, &phdr); index++)
		if (!check_segment(image, index, &phdr))
			return false;
	if (index != header(image).e_phnum) {
		finding("image", path, "the program headers lie outside the file");
		return false;
	}
	return true;
}

u64 image_entry(const struct image *image)
{
	return header(image).e_entry;
}

void image_close(struct image *image)
{
	free(image->bytes);
	image->bytes = NULL;
}

const u8 *image_at(const struct image *image, u64 address, u64 size)
{
	Elf64_Phdr phdr;

	for (u32 i = 0; program_header(image, i, &phdr); i++) {
		u64 offset = address - phdr.p_vaddr;

		if (phdr.p_type == PT_LOAD && address >= phdr.p_vaddr && offset <= phdr.p_filesz &&
		    size <= phdr.p_filesz - offset)
			return image->bytes + phdr.p_offset + offset;
	}
	return NULL;
}

static bool symbol_table(const struct image *image, Elf64_Shdr *shdr)
{
	for (u32 i = 0; section_header(image, i, shdr); i++)
		if (shdr->sh_type == SHT_SYMTAB)
			return true;
	return false;
}

bool image_symbol(const struct image *image, const char *name, u64 *address, u64 *size)
{
	Elf64_Shdr table;
	Elf64_Sym symbol;
	u32 found = 0;

	if (!symbol_table(image, &table))
		return false;
	for (u64 i = 0; i < table.sh_size / sizeof(symbol); i++) {
		const char *own;

		if (!copy(image, table.sh_offset + i * sizeof(symbol), &symbol, sizeof(symbol)))
			return false;
		own = string(image, table.sh_link, symbol.st_name);
		if (!own || strcmp(own, name) != 0 || symbol.st_shndx == SHN_UNDEF)
			continue;
		*address = symbol.st_value;
		*size = symbol.st_size;
		found++;
	}
	return found == 1;
}

const char *image_function(const struct image *image, u64 address)
{
	Elf64_Shdr table;
	Elf64_Sym symbol;

	if (!symbol_table(image, &table))
		return NULL;
	for (u64 i = 0; i < table.sh_size / sizeof(symbol); i++) {
		if (!copy(image, table.sh_offset + i * sizeof(symbol), &symbol, sizeof(symbol)))
			return NULL;
		if (ELF64_ST_TYPE(symbol.st_info) == STT_FUNC && symbol.st_shndx != SHN_UNDEF &&
		    symbol.st_value == address)
			return string(image, table.sh_link, symbol.st_name);
	}
	return NULL;
}

bool image_bytes(const struct image *image, u32 index, u64 *address, u64 *size)
{
	Elf64_Phdr phdr;

	for (u32 i = 0; program_header(image, i, &phdr); i++) {
		if (phdr.p_type != PT_LOAD || phdr.p_filesz == 0 || index-- > 0)
			continue;
		*address = phdr.p_paddr;
		*size = phdr.p_filesz;
		return true;
	}
	return false;
}

bool image_section(const struct image *image, u32 index, struct image_section *section)
{
	u32 names = header(image).e_shstrndx;
	Elf64_Shdr shdr;
	const char *name;

	for (u32 i = 0; section_header(image, i, &shdr); i++) {
		if (!(shdr.sh_flags & SHF_ALLOC) || shdr.sh_size == 0 || index-- > 0)
			continue;
		name = string(image, names, shdr.sh_name);
		section->name = name ? name : "?";
		section->base = shdr.sh_addr;
		section->size = shdr.sh_size;
		section->write = shdr.sh_flags & SHF_WRITE;
		section->execute = shdr.sh_flags & SHF_EXECINSTR;
		section->in_file = shdr.sh_type != SHT_NOBITS;
		return true;
	}
	return false;
}

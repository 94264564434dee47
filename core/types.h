/*
 * Fixed-width types and the two address types. Shared by the hypervisor, the guests and the host
 * tools.
 */
#ifndef CORE_TYPES_H
#define CORE_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

/* A host physical address. One-field structs: mixing the two kinds does not compile. */
typedef struct {
	u64 v;
} hpa_t;

/* A guest physical address (Arm: IPA; Intel: GPA). Whatever a guest says is one of these. */
typedef struct {
	u64 v;
} gpa_t;

#define KIB(n) ((u64)(n) << 10)
#define MIB(n) ((u64)(n) << 20)

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#endif

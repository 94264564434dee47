/*
 * Trapped accesses to system registers, by the table in sysreg.def.
 */
#include "arch/arm64/arch_types.h"
#include "arch/arm64/regs.h"

#define KEY(op0, op1, crn, crm, op2)                                                               \
	((u32)(op0) << 14 | (u32)(op1) << 11 | (u32)(crn) << 7 | (u32)(crm) << 3 | (u32)(op2))

static u32 key_of(u32 iss)
{
	return KEY(GET(ISS_OP0, iss), GET(ISS_OP1, iss), GET(ISS_CRN, iss), GET(ISS_CRM, iss),
		   GET(ISS_OP2, iss));
}

/* The identification block, where a register without a row is a feature that is not there. */
static bool is_identification(u32 key)
{
	return key >= KEY(3, 0, 0, 1, 0) && key <= KEY(3, 0, 0, 7, 7);
}

/* May it be read, or written? And the value that a read gives. */
static bool access(u32 key, bool read, u64 *value)
{
	*value = 0;
	switch (key) {
#define VIEW(op0, op1, crn, crm, op2, name, mask, set)                                             \
	case KEY(op0, op1, crn, crm, op2):                                                         \
		*value = (READ_REG(S##op0##_##op1##_C##crn##_C##crm##_##op2) & (mask)) | (set);    \
		return read;
#define HIDE(op0, op1, crn, crm, op2, name)                                                        \
	case KEY(op0, op1, crn, crm, op2):                                                         \
		return true;
#include "arch/arm64/sysreg.def"
#undef VIEW
#undef HIDE
	default:
		return read && is_identification(key);
	}
}

enum exit sysreg_exit(struct frame *frame, u32 iss)
{
	u64 value;

	if (!access(key_of(iss), iss & ISS_READ, &value))
		return EXIT_FAULT;
	if (iss & ISS_READ)
		frame->x[GET(ISS_RT, iss)] = value;
	return EXIT_ADVANCE;
}

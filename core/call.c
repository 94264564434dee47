/*
 * Hypercalls. Everything but the caller's identity comes from the guest.
 */
#include "core/count.h"
#include "core/guest.h"
#include "core/link.h"
#include "core/upcall.h"

static enum abi_error call_ring(u64 event)
{
	if (event >= plan.route_count)
		return ABI_EINVAL;
	return link_ring_call(this_cpu()->guest_index, (u32)event);
}

static enum abi_error call_done(u64 errors)
{
	guest_done(this_cpu()->guest_index, errors > UINT32_MAX ? UINT32_MAX : (u32)errors);
	return ABI_OK;
}

static enum abi_error call(u32 number, u64 argument)
{
	switch (number) {
	case ABI_CALL_RING:
		return call_ring(argument);
	case ABI_CALL_MARK:
		return count_mark(argument);
	case ABI_CALL_DONE:
		return call_done(argument);
	case ABI_CALL_STOP:
		return guest_stop_call(argument);
	case ABI_CALL_START:
		return guest_start_call(argument);
	default:
		return ABI_ENOSYS;
	}
}

enum exit core_call(u32 number, u64 argument, u64 *result)
{
	count_entry(number == ABI_CALL_RING ? ABI_COUNT_MSI : ABI_COUNT_CALL);
	*result = (u64)(int64_t)call(number, argument);
	return EXIT_RESUME;
}

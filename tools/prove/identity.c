/*
 * The rule that one number names one page, and its exceptions: by the decoded stage-2 maps alone, a
 * kernel's DMA window and its pin page lie where its record says and nowhere else, and so does the page
 * that an x86_64 guest has at its APIC's address; all other guest physical addresses are physical ones. See prove.h.
 */
#include "tools/prove/finding.h"
#include "tools/prove/prove.h"

struct exception {
	u64 va;
	struct plan_range pa;
};

#define EXCEPTIONS 3

static void find_exceptions(const struct prove *p, u32 g, struct exception *exception)
{
	exception[0] = (struct exception){p->guest[g].dma_base, dma_window(p, g)};
	exception[1] = (struct exception){p->guest[g].mbigen + PROVE_PIN_OFFSET, pin_page(p, g)};
	exception[2] = (struct exception){p->vmx.apic,
					  {p->vmx.apic_access, is_x86(p) ? PLAN_PAGE : 0}};
}

static bool is_exception(const struct span *span, const struct exception *exception)
{
	u64 offset = span->va - exception->va;

	return span->va >= exception->va && offset <= exception->pa.size &&
	       span->size <= exception->pa.size - offset && span->pa == exception->pa.base + offset;
}

static void check_span(const struct prove *p, u32 g, const struct span *span)
{
	struct exception exception[EXCEPTIONS];
	bool allowed = span->va == span->pa;

	find_exceptions(p, g, exception);
	for (u32 i = 0; i < EXCEPTIONS; i++) {
		if (span->va == span->pa)
			allowed &= !ranges_overlap(span->pa, span->size, exception[i].pa.base,
						   exception[i].pa.size);
		else
			allowed |= is_exception(span, &exception[i]);
	}
	if (!allowed)
		finding("identity", text("guest %s", p->guest[g].name),
			"0x%llx-0x%llx leads to 0x%llx, which has no such address",
			(unsigned long long)span->va, (unsigned long long)(span->va + span->size),
			(unsigned long long)span->pa);
}

void identity_check(const struct prove *p)
{
	for (u32 g = 0; g < p->plan.guest_count; g++)
		for (u32 view = 0; view < VIEW_COUNT; view++)
			for (size_t i = 0; i < p->stage2[g][view].count; i++)
				check_span(p, g, &p->stage2[g][view].span[i]);
}

/*
 * What an architecture calls in core. An exit goes
 *	vector -> vectors.S saves -> exit.c decodes -> core_* -> enum exit
 * and exit.c acts on the answer; the program counter advances there and nowhere else. Every
 * function here runs on the CPU that took the exit, with interrupts masked and no lock held.
 */
#ifndef CORE_UPCALL_H
#define CORE_UPCALL_H

#include "core/abi.h"
#include "core/types.h"

enum exit {
	EXIT_RESUME,  /* run the same instruction again */
	EXIT_ADVANCE, /* the instruction was carried out */
	EXIT_FAULT,   /* the guest gets an undefined-instruction exception */
	EXIT_STOP,    /* this vCPU runs no more; the caller goes on in core_park */
};

/* A load or store that stage 2 refused, with a syndrome that describes it. */
struct mmio {
	gpa_t address;
	u32 size; /* bytes: 1, 2, 4 or 8 */
	bool write;
	u64 value; /* write: its low `size` bytes; read: filled by core_mmio, zero-extended */
};

/* Why a guest is stopped: what the crash record keeps. */
struct fault {
	u64 pc;
	u64 syndrome;
	u64 address;
	u64 gpa;
};

/* The counter at the hypervisor's first instruction, stored by the architecture before core_boot. */
extern u64 boot_started;

/* The boot CPU, at EL2 under the boot map with all of the image in place. Does not return. */
_Noreturn void core_boot(u32 cpu, hpa_t tree);

/* Another CPU, in the same state, started by arch_cpu_on. Does not return. */
_Noreturn void core_boot_secondary(u32 cpu);

/* Every CPU, under its run-time map, private data mapped and cleared. Does not return. */
_Noreturn void core_run(u32 cpu);

/*
 * A described access outside the guest's memory. Counts it. Returns EXIT_STOP, with nothing counted
 * or changed, when there is no window: what is there is the caller's matter.
 */
enum exit core_mmio(struct mmio *mmio);

/*
 * A hypercall. `call` comes from the instruction, the arguments from the guest. The result goes to
 * *result. Counts it. ABI_CALL_PSCI does not come here.
 */
enum exit core_call(u32 call, u64 argument, u64 *result);

/* The guest cannot go on: stops all of it, keeps the crash record. Returns EXIT_STOP. */
enum exit core_fault(const struct fault *fault);

/* An SGI of the hypervisor's, or list registers became free: inject what waits, or stop. */
enum exit core_kick(void);

/* The guest asked for its own end (PSCI SYSTEM_OFF). Returns EXIT_STOP. */
enum exit core_guest_off(void);

/* The guest asked to start anew (PSCI SYSTEM_RESET); ends if it cannot. Returns EXIT_STOP. */
enum exit core_guest_reset(void);

/* This vCPU asked for its own end (PSCI CPU_OFF). Returns EXIT_STOP. */
enum exit core_vcpu_off(void);

/* A vCPU of the caller's guest, below its vcpu_count: what it is, before core_vcpu_on changes it. */
enum vcpu_state { VCPU_ON, VCPU_OFF, VCPU_STARTING };
enum vcpu_state core_vcpu_state(u32 vcpu);

/* Starts one that is VCPU_OFF (PSCI CPU_ON), with x0 at its entry. Returns what it was before. */
enum vcpu_state core_vcpu_on(u32 vcpu, gpa_t entry, u64 x0);

/* An exit answered EXIT_STOP: this CPU sleeps until its vCPU is started anew. */
_Noreturn void core_park(void);

#endif

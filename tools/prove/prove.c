/*
 * prove: holds a finished image against its deployment. Its walkers and its rules are written from
 * the manuals, FORMAT.md and the design, and share nothing with the compiler of the plan but the
 * layout of the records.
 */
#include "tools/prove/prove.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/prove/finding.h"
#include "tools/prove/words.h"

static const char usage[] =
	"usage: prove [-o|--report FILE] [--transport static|lazy|trap] [--image FILE]\n"
	"             [--argument KEY=VALUE]...\n"
	"             IMAGE DEPLOYMENT\n"
	"Decodes every table of the finished IMAGE (ELF) and compares it with the DEPLOYMENT.\n"
	"With --image, FILE must be the sealed binary of IMAGE, byte for byte.\n"
	"Writes a report to FILE, or to standard output; exit 1 and one line for each finding.\n";

struct arguments {
	const char *report;
	const char *sealed;
	const char *image;
	const char *deployment;
	u32 transport;
};

static bool parse_option(struct arguments *arguments, const char *option, const char *value)
{
	if (strcmp(option, "-o") == 0 || strcmp(option, "--report") == 0) {
		arguments->report = value;
		return true;
	}
	if (strcmp(option, "--image") == 0) {
		arguments->sealed = value;
		return true;
	}
	if (strcmp(option, "--transport") == 0) {
		arguments->transport = deploy_transport(value);
		return arguments->transport != PLAN_NONE;
	}
	return strcmp(option, "--argument") == 0 && words_replace(value);
}

static bool parse(int argc, char **argv, struct arguments *arguments)
{
	for (int i = 1; i < argc; i++) {
		if (argv[i][0] == '-') {
			if (i + 1 == argc || !parse_option(arguments, argv[i], argv[i + 1]))
				return false;
			i++;
		} else if (!arguments->image) {
			arguments->image = argv[i];
		} else if (!arguments->deployment) {
			arguments->deployment = argv[i];
		} else {
			return false;
		}
	}
	return arguments->deployment != NULL;
}

/* The GIC, and an image that moves itself. */
static void prove_arm64(struct prove *p, const struct arguments *arguments)
{
	gic_check(p);
	registers_check(p);
	tree_check(p);
	head_check(p);
	if (arguments->sealed)
		sealed_check(p, arguments->sealed);
}

static void prove_x86_64(const struct prove *p)
{
	vmx_check(p);
	gates_check(p);
	entry_check(p);
}

static void prove(struct prove *p, const struct arguments *arguments)
{
	if (!deploy_read(&p->deployment, arguments->deployment, arguments->transport) ||
	    !image_open(&p->image, arguments->image, is_x86(p)) || !records_load(p) ||
	    !names_match(p))
		return;
	machine_check(p);
	links_check(p);
	routes_check(p);
	interrupts_check(p);
	linux_check(p);
	claims_make(p);
	if (is_x86(p))
		vmx_roots(p);
	walk_all(p);
	if (is_x86(p))
		vmx_claims(p);
	expect_all(p);
	claims_check(p);
	policy_check(p);
	identity_check(p);
	memory_check(p);
	restart_check(p);
	taken_check(p);
	if (is_x86(p))
		prove_x86_64(p);
	else
		prove_arm64(p, arguments);
}

static void release(struct prove *p)
{
	image_close(&p->image);
	free(p->use);
	map_clear(&p->boot);
	for (u32 i = 0; i < PLAN_CPU_MAX; i++)
		map_clear(&p->run[i]);
	for (u32 g = 0; g < PLAN_GUEST_MAX; g++)
		for (u32 view = 0; view < VIEW_COUNT; view++)
			map_clear(&p->stage2[g][view]);
	for (u32 g = 0; g < PLAN_GUEST_MAX; g++)
		map_clear(&p->gate[g]);
}

/* What an earlier run wrote must not survive a finding; a device such as /dev/null must. */
static void remove_report(const char *path)
{
	struct stat file;

	if (lstat(path, &file) == 0 && S_ISREG(file.st_mode))
		unlink(path);
}

int main(int argc, char **argv)
{
	static struct prove p;
	struct arguments arguments = {.transport = PLAN_NONE};

	if (!parse(argc, argv, &arguments)) {
		fputs(usage, stderr);
		return 2;
	}
	if (arguments.report)
		remove_report(arguments.report);
	prove(&p, &arguments);
	if (finding_count() == 0 && !report_write(&p, arguments.report))
		finding("report", arguments.report ? arguments.report : "standard output",
			"cannot be written");
	release(&p);
	return finding_count() ? 1 : 0;
}

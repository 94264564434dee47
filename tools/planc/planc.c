/*
 * The plan compiler: reads a deployment, checks it, lays it out, and writes the plan. This file
 * owns the command line and the order of the steps.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/planc/diag.h"
#include "tools/planc/dtb.h"
#include "tools/planc/emit.h"
#include "tools/planc/rules.h"

static const char usage[] =
	"usage: planc [-g | -l] -o OUT [-i IMAGES] [--transport static|lazy|trap]\n"
	"             [--argument KEY=VALUE]... DEPLOYMENT.dts\n"
	"\n"
	"Compiles a deployment (config/FORMAT.md) into the plan that the hypervisor is built with.\n"
	"\n"
	"  -o, --output DIR       where the files go; made if it does not exist\n"
	"  -i, --images DIR       holds <guest>.bin of every guest with a program\n"
	"  -g, --guests           write only what the guests are built with\n"
	"  -l, --layout           write only layout.txt, layout.json, layout.svg\n"
	"      --transport KIND   of every link, whatever the deployment says\n"
	"      --argument K=V     replaces the word K=... in the guests' arguments; workloads\n"
	"                         without such a word get it added\n"
	"  -h, --help             this text\n"
	"\n"
	"Errors go to stderr as file:line: /node/path: what is wrong: what to do. With errors the\n"
	"exit status is 1 and nothing is written.\n";

static const struct option long_options[] = {
	{"output", required_argument, NULL, 'o'},
	{"images", required_argument, NULL, 'i'},
	{"guests", no_argument, NULL, 'g'},
	{"layout", no_argument, NULL, 'l'},
	{"transport", required_argument, NULL, 't'},
	{"argument", required_argument, NULL, 'a'},
	{"help", no_argument, NULL, 'h'},
	{NULL, 0, NULL, 0},
};

static void refuse(const char *what)
{
	fprintf(stderr, "planc: %s: see planc --help\n", what);
	exit(1);
}

static void set_transport(struct options *options, const char *name)
{
	for (u32 i = PLAN_TRANSPORT_STATIC; i <= PLAN_TRANSPORT_TRAP; i++)
		if (!strcmp(name, model_transport_name(i)))
			options->transport = i;
	if (options->transport == PLAN_NONE)
		refuse("--transport is not static, lazy or trap");
}

static void add_argument(struct options *options, const char *argument)
{
	if (!strchr(argument, '=') || strchr(argument, ' '))
		refuse("--argument is not one word KEY=VALUE");
	if (options->argument_count == OPTIONS_ARGUMENT_MAX)
		refuse("too many --argument");
	options->argument[options->argument_count++] = argument;
}

static void set_option(struct options *options, int option)
{
	switch (option) {
	case 'o':
		options->out = optarg;
		break;
	case 'i':
		options->images = optarg;
		break;
	case 'g':
		options->mode = MODE_GUESTS;
		break;
	case 'l':
		options->mode = MODE_LAYOUT;
		break;
	case 't':
		set_transport(options, optarg);
		break;
	case 'a':
		add_argument(options, optarg);
		break;
	case 'h':
		fputs(usage, stdout);
		exit(0);
	default:
		exit(1);
	}
}

static void read_options(struct options *options, int argc, char **argv)
{
	int option;

	memset(options, 0, sizeof(*options));
	options->transport = PLAN_NONE;
	while ((option = getopt_long(argc, argv, "o:i:glh", long_options, NULL)) != -1)
		set_option(options, option);
	if (optind + 1 != argc)
		refuse("exactly one deployment is needed");
	if (!options->out)
		refuse("-o is needed");
	if (options->mode == MODE_ALL && !options->images)
		refuse("-i is needed unless -g or -l is given");
	options->deployment = argv[optind];
}

static void emit(const struct layout *layout, struct out *out)
{
	enum options_mode mode = layout->model->options->mode;

	if (mode == MODE_ALL) {
		emit_plan(layout, out);
		emit_linker(layout, out);
		emit_payloads(layout, out);
	}
	if (mode != MODE_LAYOUT) {
		emit_guests_make(layout, out);
		emit_guest_plans(layout, out);
		emit_guest_linker(layout, out);
		emit_guest_dtbs(layout, out);
	}
	if (mode != MODE_GUESTS) {
		report_text(layout, out);
		report_json(layout, out);
		report_svg(layout, out);
	}
}

static bool compile(const struct options *options, struct layout *layout)
{
	static struct source source;
	static struct model model;

	if (!source_load(&source, options->deployment))
		return false;
	if (!schema_check(&source))
		return false;
	model_read(&model, &source, options);
	rules_check(&model);
	if (diag_count() || !layout_make(layout, &model) || !dtb_make(layout))
		return false;
	return options->mode != MODE_ALL || layout_payloads(layout);
}

int main(int argc, char **argv)
{
	static struct options options;
	static struct layout layout;
	static struct out out;
	bool good;

	read_options(&options, argc, argv);
	if (!compile(&options, &layout)) {
		diag_print();
		return 1;
	}
	emit(&layout, &out);
	good = out_commit(&out, options.out);
	out_close(&out);
	return good ? 0 : 1;
}

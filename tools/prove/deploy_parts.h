/* Shared by the files that read the deployment; for them only. */
#ifndef TOOLS_PROVE_DEPLOY_PARTS_H
#define TOOLS_PROVE_DEPLOY_PARTS_H

#include "tools/prove/deploy.h"

/* False where the name is too long. */
bool deploy_name(char *to, const char *name);
u32 deploy_guest_index(const struct deployment *deployment, const char *name);
void deploy_read_board(struct deployment *deployment, const void *blob);
/* /board's gic node, timer and features; what the hypervisor cannot use is a finding. */
void deploy_read_gic_facts(struct deploy_gic *gic, const void *blob, int node);
void deploy_read_timer(const void *blob, int node);
void deploy_read_features(struct deployment *deployment, const void *blob, int node);
void deploy_read_links(struct deployment *deployment, const void *blob, u32 transport);

#endif

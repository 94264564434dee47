/*
 * Is anybody there? One line in, one line out: see lwip.h.
 */
#include <string.h>

#include "guests/lwip/lwip.h"

#define PORT 7u
#define PATIENCE 20u /* half seconds that a connection may be silent */

static err_t receive(void *context, struct tcp_pcb *pcb, struct pbuf *data, err_t error)
{
	static const char question[] = "hello\n", answer[] = "ready\n";

	(void)context;
	(void)error;
	if (!data)
		return hang_up(pcb);
	if (pbuf_memcmp(data, 0, question, sizeof(question) - 1) == 0)
		tcp_write(pcb, answer, sizeof(answer) - 1, 0);
	tcp_recved(pcb, data->tot_len);
	pbuf_free(data);
	return hang_up(pcb);
}

static err_t give_up(void *context, struct tcp_pcb *pcb)
{
	(void)context;
	return hang_up(pcb);
}

static err_t accept(void *context, struct tcp_pcb *pcb, err_t error)
{
	(void)context;
	if (error != ERR_OK || !pcb)
		return ERR_VAL;
	tcp_recv(pcb, receive);
	tcp_poll(pcb, give_up, PATIENCE);
	return ERR_OK;
}

void hello_start(void)
{
	serve(PORT, accept);
}

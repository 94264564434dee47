/*
 * The other end of netperf's tests TCP_RR and TCP_STREAM, for netperf 2.7 as Debian has it. Control
 * messages are 164 words of 32 bits in network byte order, both ways: type, error number, then what
 * the type asks for. One is known, OMNI, for which netperf is told the port of the data connection;
 * when that is at its end, a second answer tells what came of it. Numbers that are not looked at (sizes
 * of buffers, alignments, CPU load) do nothing here.
 *
 * One test at a time: who comes later takes the place of who was here.
 */
#include <string.h>

#include "guests/lib/guest.h"
#include "guests/lwip/lwip.h"

#define CONTROL_PORT 12865u
#define DATA_PORT 12866u
#define MESSAGE_MAX_UNIT (1u << 20) /* bytes of one request or response */

enum type {
	TYPE_OMNI = 97,
	TYPE_OMNI_RESPONSE = 98,
	TYPE_OMNI_RESULTS = 99,
};

enum error {
	ERROR_NONE,
	ERROR_TEST = 22,     /* EINVAL: a test that is not known here */
	ERROR_MESSAGE = 998, /* as netserver has it: a message that is not known */
};

/* Words of a message that are used. */
enum word {
	TYPE,
	ERROR,
	REQUEST_SIZE = 2 + 5,
	RESPONSE_SIZE = 2 + 11,
	PROTOCOL = 2 + 23,
	DIRECTION = 2 + 24,
	RESPONSE_RECEIVE_BUFFER = 2 + 0,
	RESPONSE_SEND_BUFFER = 2 + 3,
	RESPONSE_PORT = 2 + 11,
	RESULT_RECEIVED_HIGH = 2 + 0,
	RESULT_RECEIVED_LOW = 2 + 1,
	RESULT_RECEIVES = 2 + 2,
	RESULT_RECEIVE_BUFFER = 2 + 3,
	RESULT_SENT_HIGH = 2 + 4,
	RESULT_SENT_LOW = 2 + 5,
	RESULT_SENDS = 2 + 6,
	RESULT_SEND_BUFFER = 2 + 7,
	RESULT_TRANSACTIONS = 2 + 9,
	RESULT_SECONDS = 2 + 10, /* a float */
	WORDS = 164,
};

/* Of DIRECTION, as we see it. */
#define TRANSMITS 2u
#define RECEIVES 4u

static struct {
	struct tcp_pcb *pcb;
	u32 filled; /* bytes */
	u32 message[WORDS];
} control;

static struct {
	struct tcp_pcb *pcb;
	bool awaited; /* announced, and nobody connected yet */
	u32 request;  /* bytes; 0: all that comes is one */
	u32 response; /* bytes; 0: none */
	u64 received;
	u64 sent;
	u32 receives; /* calls */
	u64 begin;    /* ticks */
} test;

static void answer(const u32 *words)
{
	u32 message[WORDS];

	for (u32 i = 0; i < WORDS; i++)
		message[i] = lwip_htonl(words[i]);
	/* No room: the peer asked again and again and took no answer. */
	if (!control.pcb || tcp_write(control.pcb, message, sizeof(message), TCP_WRITE_FLAG_COPY))
		return;
	tcp_output(control.pcb);
}

/* ---- the data connection ---- */

static void drop_test(void)
{
	test.awaited = false;
	if (test.pcb)
		tcp_abort(test.pcb); /* calls data_lost */
	test.pcb = NULL;
}

static u32 bits_of(float number)
{
	u32 bits;

	memcpy(&bits, &number, sizeof(bits));
	return bits;
}

static void tell_results(void)
{
	u32 words[WORDS] = {[TYPE] = TYPE_OMNI_RESULTS};
	u32 transactions = test.response ? (u32)(test.sent / test.response) : 0;

	words[RESULT_RECEIVED_HIGH] = (u32)(test.received >> 32);
	words[RESULT_RECEIVED_LOW] = (u32)test.received;
	words[RESULT_RECEIVES] = test.receives;
	words[RESULT_RECEIVE_BUFFER] = TCP_WND;
	words[RESULT_SENT_HIGH] = (u32)(test.sent >> 32);
	words[RESULT_SENT_LOW] = (u32)test.sent;
	words[RESULT_SENDS] = transactions;
	words[RESULT_SEND_BUFFER] = TCP_SND_BUF;
	words[RESULT_TRANSACTIONS] = transactions;
	words[RESULT_SECONDS] =
		bits_of((float)(guest_ticks() - test.begin) / (float)guest_ticks_per_second());
	answer(words);
}

/* A response for each whole request, as far as there is room. */
static void respond(void)
{
	static const u8 pattern[8 * TCP_MSS];
	u64 owed = test.response ? test.received / test.request * test.response - test.sent : 0;

	while (owed) {
		u64 size = LWIP_MIN(owed, LWIP_MIN(sizeof(pattern), tcp_sndbuf(test.pcb)));

		if (!size || tcp_write(test.pcb, pattern, (u16)size, 0) != ERR_OK)
			return; /* on when something was acknowledged */
		test.sent += size;
		owed -= size;
	}
}

static err_t data_receive(void *context, struct tcp_pcb *pcb, struct pbuf *data, err_t error)
{
	(void)context;
	(void)error;
	if (!data) {
		test.pcb = NULL;
		tell_results();
		return hang_up(pcb);
	}
	test.received += data->tot_len;
	test.receives++;
	tcp_recved(pcb, data->tot_len);
	pbuf_free(data);
	respond();
	return ERR_OK;
}

static err_t data_sent(void *context, struct tcp_pcb *pcb, u16 size)
{
	(void)context;
	(void)pcb;
	(void)size;
	respond();
	return ERR_OK;
}

static void data_lost(void *context, err_t error)
{
	(void)context;
	(void)error;
	test.pcb = NULL;
}

static err_t data_accept(void *context, struct tcp_pcb *pcb, err_t error)
{
	(void)context;
	if (error != ERR_OK || !pcb || !test.awaited || !control.pcb ||
	    !ip_addr_eq(&pcb->remote_ip, &control.pcb->remote_ip))
		return ERR_VAL; /* lwIP ends the connection */
	test.awaited = false;
	test.pcb = pcb;
	test.begin = guest_ticks();
	tcp_nagle_disable(pcb);
	tcp_recv(pcb, data_receive);
	tcp_sent(pcb, data_sent);
	tcp_err(pcb, data_lost);
	return ERR_OK;
}

/* ---- the control connection ---- */

/* TCP_RR receives and transmits, TCP_STREAM receives. */
static enum error start_test(const u32 *words)
{
	bool responds = words[DIRECTION] == (RECEIVES | TRANSMITS);

	drop_test();
	if ((!responds && words[DIRECTION] != RECEIVES) || words[PROTOCOL] != IP_PROTO_TCP)
		return ERROR_TEST;
	if (responds && (!words[REQUEST_SIZE] || words[REQUEST_SIZE] > MESSAGE_MAX_UNIT ||
			 !words[RESPONSE_SIZE] || words[RESPONSE_SIZE] > MESSAGE_MAX_UNIT))
		return ERROR_TEST;
	memset(&test, 0, sizeof(test));
	test.awaited = true;
	test.request = responds ? words[REQUEST_SIZE] : 0;
	test.response = responds ? words[RESPONSE_SIZE] : 0;
	return ERROR_NONE;
}

static void take_message(const u32 *words)
{
	u32 out[WORDS] = {[TYPE] = TYPE_OMNI_RESPONSE};

	if (words[TYPE] != TYPE_OMNI) {
		out[TYPE] = words[TYPE];
		out[ERROR] = ERROR_MESSAGE;
	} else {
		out[ERROR] = start_test(words);
		out[RESPONSE_RECEIVE_BUFFER] = TCP_WND;
		out[RESPONSE_SEND_BUFFER] = TCP_SND_BUF;
		out[RESPONSE_PORT] = DATA_PORT;
	}
	answer(out);
}

/* Bytes from `offset` of what came, as far as they belong to one message; returns how many. */
static u32 fill(const struct pbuf *data, u32 offset)
{
	u32 room = sizeof(control.message) - control.filled;
	u32 size = pbuf_copy_partial(data, (u8 *)control.message + control.filled,
				     (u16)LWIP_MIN(room, data->tot_len - offset), (u16)offset);

	control.filled += size;
	return size;
}

static err_t control_receive(void *context, struct tcp_pcb *pcb, struct pbuf *data, err_t error)
{
	u32 offset = 0;

	(void)context;
	(void)error;
	if (!data) {
		control.pcb = NULL;
		drop_test();
		return hang_up(pcb);
	}
	while (offset < data->tot_len) {
		offset += fill(data, offset);
		if (control.filled < sizeof(control.message))
			break;
		control.filled = 0;
		for (u32 i = 0; i < WORDS; i++)
			control.message[i] = lwip_ntohl(control.message[i]);
		take_message(control.message);
	}
	tcp_recved(pcb, data->tot_len);
	pbuf_free(data);
	return ERR_OK;
}

static void control_lost(void *context, err_t error)
{
	(void)context;
	(void)error;
	control.pcb = NULL;
	drop_test();
}

static err_t control_accept(void *context, struct tcp_pcb *pcb, err_t error)
{
	(void)context;
	if (error != ERR_OK || !pcb)
		return ERR_VAL;
	if (control.pcb)
		tcp_abort(control.pcb); /* calls control_lost */
	control.pcb = pcb;
	control.filled = 0;
	tcp_nagle_disable(pcb);
	tcp_recv(pcb, control_receive);
	tcp_err(pcb, control_lost);
	return ERR_OK;
}

void netserver_start(void)
{
	serve(CONTROL_PORT, control_accept);
	serve(DATA_PORT, data_accept);
}

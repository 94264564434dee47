/*
 * lwIP's options: IPv4 and TCP by callbacks, from one loop, without an operating system. Everything is
 * taken from pools of fixed size, so whatever a peer does, what runs out is its own connections.
 */
#ifndef GUESTS_LWIP_PORT_LWIPOPTS_H
#define GUESTS_LWIP_PORT_LWIPOPTS_H

#include <sys/types.h> /* the C library's BYTE_ORDER comes first */

#define NO_SYS 1
#define SYS_LIGHTWEIGHT_PROT 0
#define LWIP_NETCONN 0
#define LWIP_SOCKET 0

#define LWIP_IPV4 1
#define LWIP_IPV6 0
#define LWIP_ARP 1
#define LWIP_ICMP 1
#define LWIP_RAW 0
#define LWIP_UDP 0
#define LWIP_TCP 1
#define LWIP_STATS 0
/* Everybody on this network takes whole frames; what comes in fragments is dropped. */
#define IP_REASSEMBLY 0
#define IP_FRAG 0

#define MEM_ALIGNMENT 8
#define MEM_SIZE (512 * 1024)
#define PBUF_POOL_SIZE 256
#define PBUF_POOL_BUFSIZE 1536
#define MEMP_NUM_TCP_PCB 16
#define MEMP_NUM_TCP_PCB_LISTEN 8
#define MEMP_NUM_TCP_SEG 256
#define MEMP_NUM_PBUF 256

#define TCP_MSS 1460
#define TCP_WND (32 * TCP_MSS)
#define TCP_SND_BUF (32 * TCP_MSS)
#define TCP_SND_QUEUELEN 128

#endif

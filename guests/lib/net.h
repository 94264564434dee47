/*
 * Network frames over a link, the same calls on both sides: virtio 1.2 section 5.1 without offloads.
 */
#ifndef GUESTS_LIB_NET_H
#define GUESTS_LIB_NET_H

#include "guests/lib/link.h"

#define NET_HEADER_SIZE 12u    /* struct virtio_net_hdr with VERSION_1, section 5.1.6 */
#define NET_HEADER_BUFFERS 10u /* offset of num_buffers in it */
#define NET_FRAME_MIN 14u
#define NET_FRAME_MAX 1514u
#define NET_ADDRESS_SIZE 6u

/* Memory for a frame of up to NET_FRAME_MAX bytes; NULL: no buffer now, see link_want_space. */
u8 *net_send_begin(struct link *link);
void net_send_end(struct link *link, u32 size);

/* The next frame and its size; NULL: none. Give it back with link_receive_end. */
const u8 *net_receive_begin(struct link *link, u32 *size);

/*
 * The driver side's address is the link's; a device side that speaks for itself takes one that
 * nobody else has.
 */
void net_address(const struct link *link, u8 address[NET_ADDRESS_SIZE]);

/* Writes the header of a frame, for who fills buffers without the calls above. */
void net_header(u8 header[NET_HEADER_SIZE], bool to_driver);

#endif

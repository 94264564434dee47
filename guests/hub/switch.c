/*
 * Stations and ports: see switch.h.
 */
#include "guests/hub/switch.h"

#include <string.h>

static u64 number_of(const u8 *address)
{
	u64 number = 0;

	memcpy(&number, address, SWITCH_ADDRESS_SIZE);
	return number;
}

static struct switch_station *find(struct switch_table *table, u64 address)
{
	struct switch_station *latest = &table->station[table->latest];

	if (latest->address == address)
		return latest;
	for (u32 i = 0; i < SWITCH_STATIONS; i++)
		if (table->station[i].address == address) {
			table->latest = i;
			return &table->station[i];
		}
	return NULL;
}

static struct switch_station *oldest(struct switch_table *table)
{
	struct switch_station *best = &table->station[0];

	for (u32 i = 0; i < SWITCH_STATIONS; i++) {
		struct switch_station *station = &table->station[i];

		if (!station->address)
			return station;
		if (station->heard < best->heard)
			best = station;
	}
	return best;
}

void switch_learn(struct switch_table *table, const u8 *address, u32 port, u64 now)
{
	u64 number = number_of(address);
	struct switch_station *station;

	if (switch_is_group(address) || !number)
		return;
	station = find(table, number);
	if (!station)
		station = oldest(table);
	*station = (struct switch_station){number, now, port};
}

u32 switch_find(struct switch_table *table, const u8 *address, u64 now)
{
	u64 number = number_of(address);
	struct switch_station *station = number ? find(table, number) : NULL;

	if (!station || now - station->heard > table->lifetime)
		return SWITCH_NO_PORT;
	return station->port;
}

void switch_forget(struct switch_table *table, u32 port)
{
	for (u32 i = 0; i < SWITCH_STATIONS; i++)
		if (table->station[i].port == port)
			table->station[i].address = 0;
}

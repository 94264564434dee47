/*
 * The ITS commands that a plan uses. Arm IHI 0069, section 5.3. For its.c, which makes them, and
 * the emitters, which name them.
 */
#ifndef PLANC_ITS_H
#define PLANC_ITS_H

#define ITS_MAPD 0x08u
#define ITS_VSYNC 0x25u
#define ITS_VMAPP 0x29u
#define ITS_VMAPTI 0x2au
#define ITS_VINVALL 0x2du

#endif

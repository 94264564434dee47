# What U-Boot runs from boot.scr: starts the Image that lies beside it by booti.
#
# Written for distro boot, which sets devtype, devnum, distro_bootpart and prefix for the partition
# that it found this script on; kernel_addr_r and fdtcontroladdr (or fdt_addr, where U-Boot itself
# has no device tree) are the board's. No address is written here. The Image may be loaded
# anywhere, even over memory that the plan takes: once entered it moves itself, also where the two
# places overlap. U-Boot itself lies at the top of memory and refuses to load over itself.

setenv bulkhead_tree ${fdtcontroladdr}
if test -z "${bulkhead_tree}"; then
	setenv bulkhead_tree ${fdt_addr}
fi
if load ${devtype} ${devnum}:${distro_bootpart} ${kernel_addr_r} ${prefix}bulkhead.img; then
	booti ${kernel_addr_r} - ${bulkhead_tree}
fi
echo "bulkhead: booti did not start ${prefix}bulkhead.img; U-Boot goes on"

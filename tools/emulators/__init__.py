"""The emulators that tools/run starts: one module for each.

Each has a class with:
  name, witness	what it is called; what its own log says of the entries into the hypervisor
  clock		whether it counted instructions
  command()	its command line, for people
  announce()	what is about to run, and why it may be silent for a while
  console()	what the UART's bytes are fed to
  start()	starts it; returns the process, the descriptor of the UART, and threads that end with it
  verdict(status)	of one that ended by itself: what went wrong, or None
"""

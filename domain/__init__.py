"""The rules of CampoTech: standard library only, no I/O; time and chance come through ports."""

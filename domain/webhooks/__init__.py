"""What outside services tell us by themselves: stored first, processed after."""

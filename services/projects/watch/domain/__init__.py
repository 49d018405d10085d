"""When refused sign-ins are an attack, and in which words it is told."""

"""What users call: messages, values and forms, and what is refused at the call."""

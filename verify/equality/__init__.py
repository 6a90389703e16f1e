"""What equal means, whatever the engine: values read as both sides agree, transformed as declared, and encoded."""
